using System.Text.Json;
using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Contacts;

/// <summary>An address or number has been agreed on with a person: messages go there and come from there, and nowhere else (BG-3).</summary>
public static class AgreeContact
{
    // Clocks of calling systems may be a little ahead (clauses.md, Dates).
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    public sealed record Body(NamedSubject Subject, ContactKind Kind, string Value, DateTimeOffset AgreedAt);

    public static Decided Decide(Contact state, ContactEvent.Agreed agreed, DateTimeOffset now)
    {
        if (agreed.AgreedAt > now + ClockTolerance)
            return Decided.Refuse(Problems.Unprocessable("The contact cannot be recorded.", new ProblemError("It cannot have been agreed on in the future.", "/agreedAt")));
        return state.Stands && state.Last!.AgreedAt == agreed.AgreedAt
            ? Decided.Accept(StatusCodes.Status201Created)
            : Decided.Accept(StatusCodes.Status201Created, agreed);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/contacts", HandleAsync).RequireRoles(Roles.System)
            .WithName("contactsAgree").WithSummary("An address or number has been agreed on with a person.").Accepts<Body>("application/json").Produces<ContactView>(StatusCodes.Status201Created);

    /// <summary>The contact that a body names; null, with a fault for each, where it cannot be read so.</summary>
    public static ContactEvent.Agreed? Read(Body body, string controller, Pseudonyms pseudonyms, List<ProblemError> faults)
    {
        var subject = body.Subject.PseudonymAt(controller, pseudonyms, "/subject", faults);
        if (!SubjectId.TryParse(JsonNamingPolicy.KebabCaseLower.ConvertName(body.Kind.ToString()), body.Value, out var value, out var problem))
            faults.Add(new ProblemError(problem.Detail, "/value"));
        if (subject is null || value is null)
            return null;
        var contact = pseudonyms.Of(controller, value);
        return new ContactEvent.Agreed(EntryId.Of("contact", subject, contact), subject, body.Kind, contact, value.Value, body.AgreedAt);
    }

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, Pseudonyms pseudonyms, PolicyVersions policies, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (!policies.Knows(command.Controller))
            return PolicyVersions.NoSuchController();
        var faults = new List<ProblemError>();
        if (Read(body, command.Controller, pseudonyms, faults) is not { } agreed)
            return Problems.Unprocessable("The contact cannot be recorded.", [.. faults]);
        return await commands.RunAsync(
            command.Concerning(agreed.Subject), Contact.Aggregate, agreed.ContactId.ToString(), state => Decide(state, agreed, clock.GetUtcNow()),
            answered => Results.Json(ContactView.Of(answered.State), JsonText.Options, statusCode: answered.Status));
    }
}
