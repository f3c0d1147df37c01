using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Audit.Search;

/// <summary>What is asked of one log. Text filters are exact; From ≤ commit stamp &lt; To.</summary>
/// <param name="After">The last index already had, -1 to begin.</param>
public sealed record LedgerQuestion(string Controller, long After, int Limit)
{
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }
    public string? Service { get; init; }
    public string? Type { get; init; }
    public string? Stream { get; init; }
    public string? Actor { get; init; }

    /// <summary>Only events about one of these identifiers, which are one person's; null for all.</summary>
    public IReadOnlyList<string>? Subjects { get; init; }

    /// <summary>Only events of these services; null for all.</summary>
    public IReadOnlyList<string>? Services { get; init; }
}

/// <summary>One leaf as it is read.</summary>
public sealed record LedgerEvent(long Index, byte[] LeafHash, byte[] Leaf);

/// <summary>A page in order of index.</summary>
/// <param name="Next">The index to go on after, or null at the end of what is there now.</param>
public sealed record LedgerPage(IReadOnlyList<LedgerEvent> Events, long? Next);

/// <summary>
/// Reads pages of one log. Every filter has an index that ends in the log's index, so a page costs about its own length however long the log is; a page is also bounded in bytes.
/// </summary>
public sealed class ReadLedger(NpgsqlDataSource database)
{
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>Throws <see cref="EventStoreUnavailableException"/> when the database is away.</summary>
    public Task<LedgerPage> PageAsync(LedgerQuestion question, CancellationToken cancellationToken) => Outage.TranslateAsync(ReadAsync(question, cancellationToken));

    private async Task<LedgerPage> ReadAsync(LedgerQuestion question, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var span = await SpanAsync(connection, question, cancellationToken);
        await using var command = Compose(connection, question, span);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<LedgerEvent>();
        var bytes = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            if (events.Count == question.Limit || bytes > MostBytes)
                return new LedgerPage(events, events[^1].Index);
            events.Add(new LedgerEvent(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2)));
            bytes += events[^1].Leaf.Length;
        }
        return new LedgerPage(events, null);
    }

    /// <summary>The indices outside which no leaf has a stamp in the span of time: a leaf's stamp is never after seen_at, and never further before it than the log's lateness.</summary>
    private static async Task<(long First, long End)> SpanAsync(NpgsqlConnection connection, LedgerQuestion question, CancellationToken cancellationToken)
    {
        if (question.From is null && question.To is null)
            return (0, long.MaxValue);
        await using var command = new NpgsqlCommand(
            """
            select case when $2 is null then 0 else ledger_first_seen_at($1, $2) end,
                   case when $3 is null then h.size else ledger_first_seen_at($1, $3 + h.lateness) end
            from ledger_head h where h.controller = $1
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = question.Controller });
        command.Parameters.Add(Instant(question.From));
        command.Parameters.Add(Instant(question.To));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetInt64(0), reader.GetInt64(1)) : (0, 0);
    }

    /// <summary>Where a person's events are: under one identifier in the order of the table; under several all of the span are gathered first, since an event may be about two of them.</summary>
    private static string IndicesOf(IReadOnlyList<string> person, string controller, string first, string end, Func<object, string> parameter) => person is [var only]
        ? $"select index from ledger_subject where controller = {controller} and subject = {parameter(only)}"
        : $"select distinct index from ledger_subject where controller = {controller} and subject = any({parameter(person.ToArray())}) and index >= {first} and index < {end}";

    private static NpgsqlParameter Instant(DateTimeOffset? instant) =>
        new() { Value = (object?)instant?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz };

    private static NpgsqlCommand Compose(NpgsqlConnection connection, LedgerQuestion question, (long First, long End) span)
    {
        var command = new NpgsqlCommand { Connection = connection };
        string Parameter(object value)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
            return $"${command.Parameters.Count}";
        }
        var (controller, first, end) = (Parameter(question.Controller), Parameter(Math.Max(span.First, question.After + 1)), Parameter(span.End));
        var from = question.Subjects is { } person
            ? $"({IndicesOf(person, controller, first, end, Parameter)}) s join ledger_leaf l on l.controller = {controller} and l.index = s.index"
            : "ledger_leaf l";
        var index = question.Subjects is null ? "l.index" : "s.index";
        var where = new List<string> { $"l.controller = {controller}", $"{index} >= {first}", $"{index} < {end}" };
        void Only(string condition, object? value)
        {
            if (value is not null)
                where.Add($"{condition} {Parameter(value)}");
        }
        Only("l.service =", question.Service);
        Only("l.type =", question.Type);
        Only("l.stream =", question.Stream);
        Only("l.actor =", question.Actor);
        Only("l.at >=", question.From?.ToUniversalTime());
        Only("l.at <", question.To?.ToUniversalTime());
        if (question.Services is { } services)
            where.Add($"l.service = any({Parameter(services.ToArray())})");
        // One more than asked tells whether there is a next page. Only fixed text is put together here: every value is a parameter.
#pragma warning disable CA2100
        command.CommandText = $"select l.index, l.leaf_hash, l.leaf from {from} where {string.Join(" and ", where)} order by {index} limit {Parameter(question.Limit + 1)}";
#pragma warning restore CA2100
        return command;
    }
}
