using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;

namespace Integritet.Disclosure.Recipients;

/// <summary>An officer gives an employee the right of access to categories of data (PA-4).</summary>
public sealed record GrantAccessRight(Guid AccessRightId, IReadOnlyList<string> Categories, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo)
{
    private const string Employee = "employee";

    public sealed record Body(IReadOnlyList<string> Categories, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo = null);

    public static Decided Decide(Recipient state, GrantAccessRight command, PolicyVersion policy)
    {
        if (state is not Recipient.Registered recipient)
            return Decided.Refuse(ReadRecipients.NoSuchRecipient());
        if (recipient.Kind != Employee)
            return Decided.Refuse(Problems.Unprocessable("Only an employee is given a right of access.", new ProblemError("This recipient is none.", "#path/id")));
        if (recipient.AccessRights.Exists(command.IsOnRecordAs))
            return Decided.Accept(StatusCodes.Status201Created);
        var faults = Faults(command, policy).ToArray();
        return faults.Length > 0
            ? Decided.Refuse(Problems.Unprocessable("The access right cannot be granted.", faults))
            : Decided.Accept(StatusCodes.Status201Created, new RecipientEvent.AccessRightGranted(
                command.AccessRightId, recipient.Id, recipient.Kind, command.Categories, command.ValidFrom, command.ValidTo));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/recipients/{id:guid}/access-rights", HandleAsync).RequireRoles(Roles.Officer)
            .WithName("grantAccessRight").WithSummary("Gives an employee the right of access to categories of data.").Accepts<Body>("application/json").Produces<AccessRightView>(StatusCodes.Status201Created);

    private bool IsOnRecordAs(AccessRight right) =>
        right.ValidFrom == ValidFrom && right.ValidTo == ValidTo && right.Categories.SequenceEqual(Categories, StringComparer.Ordinal);

    private Guid OnRecordIn(Recipient state) => ((Recipient.Registered)state).AccessRights.First(IsOnRecordAs).Id;

    private static IEnumerable<ProblemError> Faults(GrantAccessRight command, PolicyVersion policy)
    {
        if (command.Categories.Count == 0)
            yield return new ProblemError("A right of access is to at least one category.", "/categories");
        for (var i = 0; i < command.Categories.Count; i++)
        {
            if (!policy.Document.Categories.ContainsKey(command.Categories[i]))
                yield return new ProblemError($"Policy version {policy.Version} has no such category.", $"/categories/{i}");
            else if (command.Categories.Take(i).Contains(command.Categories[i], StringComparer.Ordinal))
                yield return new ProblemError("This category is named twice.", $"/categories/{i}");
        }
        if (command.ValidTo <= command.ValidFrom)
            yield return new ProblemError("A right ends after it begins.", "/validTo");
    }

    private static async Task<IResult> HandleAsync(HttpContext http, Guid id, Commands commands, PolicyVersions policies, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (policies.InForce(command.Controller, clock.GetUtcNow()) is not { } policy)
            return PolicyVersions.NoSuchController();
        var grant = new GrantAccessRight(Guid.CreateVersion7(), body.Categories, body.ValidFrom, body.ValidTo);
        return await commands.RunAsync(
            command, Recipient.Aggregate, id.ToString(), state => Decide(state, grant, policy),
            answered => new RecipientAnswer(answered, command.Controller, view => view.AccessRights.Single(r => r.AccessRightId == grant.OnRecordIn(answered.State))));
    }
}
