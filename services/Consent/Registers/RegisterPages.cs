using System.Globalization;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Consent.Registers;

/// <summary>
/// Lists what stands in a register, now or as of an instant (<c>?asOf=</c>), in the order in which it was recorded, by pages (<c>?limit=&amp;after=</c>). The register's read model has columns
/// <c>tenant_id</c>, <c>position</c> (of the recording) and <c>removed_position</c>.
/// </summary>
internal sealed class RegisterPages(NpgsqlDataSource dataSource, IEventStore store, TimeProvider clock)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 1000;

    public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

    /// <summary>Answers with a page.</summary>
    /// <param name="http">The request.</param>
    /// <param name="source">The read model, or a subquery with its columns.</param>
    /// <param name="columns">What <paramref name="read"/> reads, from column 1 on.</param>
    /// <param name="read">Makes an item of a row.</param>
    public async Task<IResult> AnswerAsync<T>(HttpContext http, string source, string columns, Func<NpgsqlDataReader, T> read)
    {
        var faults = new List<ProblemError>();
        var limit = (int)http.Request.Query.Number("limit", 1, MaxLimit, DefaultLimit, $"A limit is a number from 1 to {MaxLimit}.", faults);
        var after = http.Request.Query.Number("after", 0, long.MaxValue, 0, "Take the cursor from the page before.", faults);
        var asOf = AsOfOf(http, faults);
        if (faults.Count > 0)
            return Problems.Unprocessable("The list cannot be made.", [.. faults]);
        var upTo = asOf is { } instant ? await store.PositionAtAsync(instant, http.RequestAborted) : long.MaxValue;
        var (items, next) = await Outage.TranslateAsync(ReadAsync(http.Controller(), source, columns, read, upTo, after, limit, http.RequestAborted));
        return Results.Json(new Page<T>(items, next), JsonText.Options);
    }

    private async Task<(List<T> Items, string? Next)> ReadAsync<T>(
        string controller, string source, string columns, Func<NpgsqlDataReader, T> read, long upTo, long after, int limit, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            select t.position, {columns} from {source} t
            where t.tenant_id = $1 and t.position <= $2 and (t.removed_position is null or t.removed_position > $2) and t.position > $3
            order by t.position limit $4
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit + 1 });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<T>();
        var last = 0L;
        while (await reader.ReadAsync(cancel))
        {
            if (items.Count == limit)
                return (items, last.ToString(CultureInfo.InvariantCulture));
            last = reader.GetInt64(0);
            items.Add(read(reader));
        }
        return (items, null);
    }

    private DateTimeOffset? AsOfOf(HttpContext http, List<ProblemError> faults)
    {
        if (!http.Request.Query.TryGetValue("asOf", out var text))
            return null;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var asOf) && asOf <= clock.GetUtcNow())
            return asOf;
        faults.Add(new ProblemError("An instant in the past is needed, as in RFC 3339.", "#query/asOf"));
        return null;
    }
}
