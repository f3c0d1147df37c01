namespace Integritet.Platform.Hosting;

/// <summary>Roles a credential can have (api.md), and that of services towards each other.</summary>
public static class Roles
{
    /// <summary>An internal system of the controller: web shop, mail server, billing.</summary>
    public const string System = "system";

    /// <summary>A privacy officer, who decides what rules cannot.</summary>
    public const string Officer = "officer";

    /// <summary>Replays the history and verifies the ledger; changes nothing.</summary>
    public const string Auditor = "auditor";

    /// <summary>Runs the installation: keys, dead letters, rebuilds.</summary>
    public const string Operator = "operator";

    /// <summary>The data subject, for itself alone.</summary>
    public const string Subject = "subject";

    /// <summary>Another service of this installation; no API key can have it.</summary>
    public const string Service = "service";

    /// <summary>Every role a caller from outside can have, for calls that any of them may make.</summary>
    public static IReadOnlyList<string> Any { get; } = [System, Officer, Auditor, Operator, Subject];
}
