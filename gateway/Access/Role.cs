using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Access;

/// <summary>What a credential may be used for. One credential may hold several.</summary>
[Flags]
public enum Role
{
    None = 0,
    System = 1,
    Officer = 2,
    Auditor = 4,
    Operator = 8,

    /// <summary>A data subject, by a subject token. No API key has it.</summary>
    Subject = 16,
}

/// <summary>The names of roles in requests, tokens and route metadata.</summary>
public static class RoleNames
{
    /// <summary>Roles an API key may hold.</summary>
    public const Role OfKeys = Role.System | Role.Officer | Role.Auditor | Role.Operator;

    /// <summary>Roles that a second operator must approve.</summary>
    public const Role NeedingApproval = Role.Officer | Role.Auditor | Role.Operator;

    private static readonly (Role Role, string Name)[] Names =
        [(Role.System, Roles.System), (Role.Officer, Roles.Officer), (Role.Auditor, Roles.Auditor), (Role.Operator, Roles.Operator), (Role.Subject, Roles.Subject)];

    public static Role? Parse(string name)
    {
        foreach (var one in Names)
            if (string.Equals(one.Name, name, StringComparison.Ordinal))
                return one.Role;
        return null;
    }

    /// <summary>Null where one of the names is no role.</summary>
    public static Role? Parse(IEnumerable<string> names)
    {
        var roles = Role.None;
        foreach (var name in names)
        {
            if (Parse(name) is not { } role)
                return null;
            roles |= role;
        }

        return roles;
    }

    public static string[] Of(Role roles) => [.. from one in Names where roles.HasFlag(one.Role) select one.Name];
}
