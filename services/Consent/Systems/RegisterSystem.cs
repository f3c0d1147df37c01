using System.Text.RegularExpressions;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Systems;

/// <summary>A system of record is registered: only registered ones hold personal data, and some data only encrypted ones (NI-11).</summary>
public static partial class RegisterSystem
{
    public sealed record Body(string Name, bool Encrypted, string? Processor = null);

    public static Decided Decide(SystemOfRecord state, SystemOfRecordRegistered system)
    {
        if (!NamePattern().IsMatch(system.Name))
            return Refuse(new ProblemError("A name is lower-case letters, digits and hyphens, beginning with a letter: crm. At most 64 of them.", "/name"));
        if (system.Processor is { } processor && string.IsNullOrWhiteSpace(processor))
            return Refuse(new ProblemError("Name the processor, or leave it out.", "/processor"));
        return state.Registered == system ? Decided.Accept(StatusCodes.Status201Created) : Decided.Accept(StatusCodes.Status201Created, system);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/systems", HandleAsync).RequireRoles(Roles.Officer)
            .WithName("systemsRegister").WithSummary("Registers a system of record, or changes how it is registered.").Accepts<Body>("application/json").Produces<SystemView>(StatusCodes.Status201Created);

    private static Decided Refuse(ProblemError fault) => Decided.Refuse(Problems.Unprocessable("The system cannot be registered.", fault));

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, PolicyVersions policies)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (!policies.Knows(command.Controller))
            return PolicyVersions.NoSuchController();
        var system = new SystemOfRecordRegistered(body.Name, body.Encrypted, body.Processor?.Trim());
        return await commands.RunAsync(
            command, SystemOfRecord.Aggregate, system.Name, state => Decide(state, system),
            answered => Results.Json(ViewOf(answered.State.Registered!), JsonText.Options, statusCode: answered.Status));
    }

    private static SystemView ViewOf(SystemOfRecordRegistered registered) => new(registered.Name, registered.Encrypted, registered.Processor);

    [GeneratedRegex("^[a-z][a-z0-9-]{0,63}\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}
