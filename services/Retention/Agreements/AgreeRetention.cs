using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using NodaTime;
using NodaTime.Text;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Agreements;

/// <summary>An officer records how long data held on a customer's behalf is kept, as agreed with that customer (NI-2). What is held already is planned anew.</summary>
public static class AgreeRetention
{
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);
    private static readonly LocalDateTime AnyDay = new(2026, 1, 1, 0, 0);

    public sealed record Body(string Customer, IReadOnlyList<string> Categories, string KeepFor, DateTimeOffset AgreedAt, string Reference);

    public static Decided Decide(CustomerAgreements state, RetentionAgreed agreed, PolicyVersion policy, DateTimeOffset now)
    {
        if (SameIn(state, agreed) is not null)
            return Decided.Accept(StatusCodes.Status201Created);
        var faults = Faults(agreed, policy, now).ToArray();
        return faults.Length > 0 ? Decided.Refuse(Problems.Unprocessable("The agreement cannot be recorded.", faults)) : Decided.Accept(StatusCodes.Status201Created, agreed);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/retention/agreements", HandleAsync).RequireRoles(Roles.Officer).WithName("agreeRetention").WithSummary("Records how long data is kept for a customer, as agreed with that customer.");

    /// <summary>The answer: the agreement, and how many holdings it bears on.</summary>
    public sealed record Answer(Guid AgreementId, string Customer, IReadOnlyList<string> Categories, string KeepFor, DateTimeOffset AgreedAt, string Reference, long Affected);

    internal static string StreamIdOf(string customer) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(customer)).AsSpan(0, 16));

    private static IEnumerable<ProblemError> Faults(RetentionAgreed agreed, PolicyVersion policy, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(agreed.Customer))
            yield return new ProblemError("Name the customer.", "/customer");
        if (agreed.Categories.Count == 0)
            yield return new ProblemError("Name at least one category.", "/categories");
        for (var i = 0; i < agreed.Categories.Count; i++)
        {
            if (!policy.Document.Categories.ContainsKey(agreed.Categories[i]))
                yield return new ProblemError($"Policy version {policy.Version} has no such category.", $"/categories/{i}");
            else if (agreed.Categories.Take(i).Contains(agreed.Categories[i], StringComparer.Ordinal))
                yield return new ProblemError("This category is named twice.", $"/categories/{i}");
        }
        if (PeriodPattern.NormalizingIso.Parse(agreed.KeepFor) is not { Success: true } period || !IsReasonable(period.Value))
            yield return new ProblemError("A period is written as in ISO 8601, such as P6M; it is longer than nothing and at most a hundred years.", "/keepFor");
        if (agreed.AgreedAt > now + ClockTolerance)
            yield return new ProblemError("It cannot have been agreed in the future.", "/agreedAt");
        if (string.IsNullOrWhiteSpace(agreed.Reference))
            yield return new ProblemError("The reference says where the agreement is kept.", "/reference");
    }

    private static bool IsReasonable(Period period)
    {
        long[] parts = [period.Years, period.Months, period.Weeks, period.Days, period.Hours, period.Minutes, period.Seconds, period.Nanoseconds];
        return parts.All(part => part is >= 0 and <= 1_000_000) && AnyDay + period is var end && end > AnyDay && end <= AnyDay.PlusYears(100);
    }

    private static RetentionAgreed? SameIn(CustomerAgreements state, RetentionAgreed agreed) => state.All.FirstOrDefault(
        a => a.Reference == agreed.Reference && a.KeepFor == agreed.KeepFor && a.AgreedAt == agreed.AgreedAt && a.Categories.SequenceEqual(agreed.Categories, StringComparer.Ordinal));

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, PolicyVersions policies, NpgsqlDataSource dataSource, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (policies.InForce(command.Controller, clock.GetUtcNow()) is not { } policy)
            return PolicyVersions.NoSuchController();
        var agreed = new RetentionAgreed(Guid.CreateVersion7(), body.Customer, body.Categories, body.KeepFor, body.AgreedAt, body.Reference);
        return await commands.RunAsync(
            command, CustomerAgreements.Aggregate, StreamIdOf(body.Customer), state => Decide(state, agreed, policy, clock.GetUtcNow()),
            answered => new AgreementAnswer(answered.Status, command.Controller, SameIn(answered.State, agreed)!, dataSource));
    }

    private sealed class AgreementAnswer(int status, string controller, RetentionAgreed agreed, NpgsqlDataSource dataSource) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var affected = await Outage.TranslateAsync(AffectedAsync(httpContext.RequestAborted));
            var answer = new Answer(agreed.AgreementId, agreed.Customer, agreed.Categories, agreed.KeepFor, agreed.AgreedAt, agreed.Reference, affected);
            await Results.Json(answer, JsonText.Options, statusCode: status).ExecuteAsync(httpContext);
        }

        private async Task<long> AffectedAsync(CancellationToken cancel)
        {
            await using var command = dataSource.CreateCommand(
                "select count(*) from holding h where h.tenant_id = $1 and h.customer = $2 and h.status = 'held' and h.categories && $3");
            command.Parameters.AddRange((NpgsqlParameter[])[Text(controller), Text(agreed.Customer), Texts([.. agreed.Categories])]);
            return (long)(await command.ExecuteScalarAsync(cancel))!;
        }
    }
}
