using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Disclosure.Recipients;

/// <summary>An officer puts somebody on record to whom data may go, or who works with it.</summary>
public sealed record RegisterRecipient(Guid RecipientId, string Kind, string Name, string Country, string? Safeguard)
{
    public sealed record Body(string Kind, string Name, string Country, string? Safeguard = null);

    public static Decided Decide(Recipient state, RegisterRecipient command)
    {
        if (state is not Recipient.Unregistered)
            return Decided.Accept(StatusCodes.Status201Created);
        var faults = Faults(command).ToArray();
        return faults.Length > 0
            ? Decided.Refuse(Problems.Unprocessable("The recipient cannot be registered.", faults))
            : Decided.Accept(StatusCodes.Status201Created, new RecipientEvent.Registered(command.RecipientId, command.Kind, command.Name.Trim(), command.Country, command.Safeguard));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/recipients", HandleAsync).RequireRoles(Roles.Officer)
            .WithName("registerRecipient").WithSummary("Puts a recipient on record.").Accepts<Body>("application/json").Produces<RecipientView>(StatusCodes.Status201Created);

    private static IEnumerable<ProblemError> Faults(RegisterRecipient command)
    {
        if (!Vocabulary.Recipients.Contains(command.Kind, StringComparer.Ordinal))
            yield return new ProblemError($"A kind of recipient is one of {string.Join(", ", Vocabulary.Recipients)}.", "/kind");
        if (string.IsNullOrWhiteSpace(command.Name))
            yield return new ProblemError("A recipient has a name.", "/name");
        if (!Countries.Has(command.Country))
            yield return new ProblemError("A country is an ISO 3166-1 alpha-2 code, such as SE.", "/country");
        if (command.Safeguard is { } safeguard && !Vocabulary.Safeguards.Contains(safeguard, StringComparer.Ordinal))
            yield return new ProblemError($"A safeguard is one of {string.Join(", ", Vocabulary.Safeguards)}.", "/safeguard");
    }

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, PolicyVersions policies)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (!policies.Knows(command.Controller))
            return PolicyVersions.NoSuchController();
        var register = new RegisterRecipient(Guid.CreateVersion7(), body.Kind, body.Name, body.Country, body.Safeguard);
        return await commands.RunAsync(
            command, Recipient.Aggregate, register.RecipientId.ToString(), state => Decide(state, register),
            answered => new RecipientAnswer(answered, command.Controller, view => view), isNew: true);
    }
}
