using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Subjects;
using Integritet.Retention.Systems;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Triggers;

/// <summary>A system tells that something happened which retention may wait for: by person, by customer or by reference. Told again it changes nothing; of two times told, the earlier counts.</summary>
public static class TellTrigger
{
    public sealed record Body(string Trigger, DateTimeOffset At, NamedSubject? Subject = null, string? Customer = null, string? Reference = null, string? Purpose = null);

    public static Decided Decide(ToldTriggers state, TriggerTold told) => state.IsNew(told) ? Decided.Accept(StatusCodes.Status200OK, told) : Decided.Accept(StatusCodes.Status200OK);

    /// <summary>What is wrong with it.</summary>
    public static void AddFaults(List<ProblemError> faults, Body body, PolicyVersion policy)
    {
        if (!Vocabulary.Triggers.Contains(body.Trigger, StringComparer.Ordinal))
            faults.Add(new ProblemError($"A trigger is one of {string.Join(", ", Vocabulary.Triggers)}.", "/trigger"));
        if (new object?[] { body.Subject, body.Customer, body.Reference }.Count(named => named is not null) != 1)
            faults.Add(new ProblemError("Name what it is about: a subject, a customer or a reference, and one of them only.", ""));
        if (body.Customer is { } customer && string.IsNullOrWhiteSpace(customer))
            faults.Add(new ProblemError("The customer has no name.", "/customer"));
        if (body.Reference is { } reference && string.IsNullOrWhiteSpace(reference))
            faults.Add(new ProblemError("The reference is empty.", "/reference"));
        if (body.Purpose is { } purpose && body.Trigger != "purpose-ended")
            faults.Add(new ProblemError("Only purpose-ended ends a purpose.", "/purpose"));
        else if (body.Purpose is { } ended && !policy.Document.Purposes.ContainsKey(ended))
            faults.Add(new ProblemError($"Policy version {policy.Version} has no such purpose.", "/purpose"));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/triggers", HandleAsync).RequireRoles(Roles.System).WithName("tellTrigger").WithSummary("Tells that something happened which retention may wait for.");

    /// <summary>The answer of api.md: how many holdings it meets.</summary>
    public sealed record Answer(long Affected);

    private static async Task<IResult> HandleAsync(
        HttpContext http, Commands commands, PolicyVersions policies, SystemRegister systems, Pseudonyms pseudonyms, NpgsqlDataSource dataSource, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (policies.InForce(command.Controller, clock.GetUtcNow()) is not { } policy)
            return PolicyVersions.NoSuchController();
        var faults = new List<ProblemError>();
        AddFaults(faults, body, policy);
        var subject = body.Subject?.PseudonymAt(command.Controller, pseudonyms, "/subject", faults);
        if (faults.Count > 0)
            return Problems.Unprocessable("The trigger cannot be taken.", [.. faults]);

        var (meets, name) = subject is not null ? (TriggerTarget.Subject, subject) : body.Customer is { } customer ? (TriggerTarget.Customer, customer) : (TriggerTarget.Reference, body.Reference!);
        var told = new TriggerTold(body.Trigger, body.At, meets, name, body.Purpose);
        return await commands.RunAsync(
            command.Concerning(told.Subjects), ToldTriggers.Aggregate, StreamIdOf(meets, name), state => Decide(state, told),
            answered => new CountAnswer(answered.Status, dataSource, () => Met(command.Controller, meets, name, systems.Names(command.Controller, policy))));
    }

    /// <summary>A name can be any text; a stream's id is short.</summary>
    private static string StreamIdOf(TriggerTarget meets, string name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{meets}|{name}")).AsSpan(0, 16));

    private static NpgsqlBatchCommand Met(string controller, TriggerTarget meets, string name, IReadOnlyCollection<string> systems)
    {
        const string count = "select count(*) from holding h where h.tenant_id = $1 and h.status = 'held' and";
        return meets switch
        {
            TriggerTarget.Subject => Command($"{count} h.subject in (with {SubjectLinks.PersonSql("array[$2]", "9223372036854775807")} select person.subject from person)", Text(controller), Text(name)),
            TriggerTarget.Customer => Command($"{count} h.customer = $2", Text(controller), Text(name)),
            _ => Command($"{count} h.system = any($3) and h.reference = $2", Text(controller), Text(name), Texts([.. systems])),
        };
    }

    private sealed class CountAnswer(int status, NpgsqlDataSource dataSource, Func<NpgsqlBatchCommand> command) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var affected = await Outage.TranslateAsync(CountAsync(httpContext.RequestAborted));
            await Results.Json(new Answer(affected), JsonText.Options, statusCode: status).ExecuteAsync(httpContext);
        }

        private async Task<long> CountAsync(CancellationToken cancel)
        {
            await using var batch = dataSource.CreateBatch();
            batch.BatchCommands.Add(command());
            return (long)(await batch.ExecuteScalarAsync(cancel))!;
        }
    }
}
