using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Integritet.Benchmarks.Gateway;
using Npgsql;

namespace Integritet.Benchmarks.Retention;

/// <summary>
/// Holdings by the million, through the gateway of a running installation: importing them against COPY of the same rows into the same tables and indexes, and what one costs as their number grows.
/// </summary>
internal static class RetentionBenchmarks
{
    private const double ImportTarget = 0.3;
    private const int First = 10_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var most = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        await using var system = await RunningSystem.StartAsync("--no-schedule");
        await using var database = NpgsqlDataSource.Create(system.DatabaseOf("retention"));
        using var importer = new Importer(system);
        var twins = await CopyTwins.CreateAsync(database);
        await ImportAsync(importer, twins, system, most);
        return 0;
    }

    // A round to warm up is not counted: it makes the tables that are empty no longer so.
    private static async Task ImportAsync(Importer importer, CopyTwins twins, RunningSystem system, int most)
    {
        Console.WriteLine("| holdings before | imported | COPY, holdings/s | ours, holdings/s | ratio | target | ours, µs a holding | ledger behind when done, and until it was not |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        await importer.ImportAsync(1_000);
        await twins.CopyNewAsync();
        for (int before = 0, size = First; before < most; before += size, size = Math.Max(First, Math.Min(before * 9, most - before)))
            foreach (var part in Parts(size))
                await RoundAsync(importer, twins, system, before, part);
    }

    private static IEnumerable<int> Parts(int size) => Enumerable.Repeat(100_000, size / 100_000).Append(size % 100_000).Where(part => part > 0);

    private static async Task RoundAsync(Importer importer, CopyTwins twins, RunningSystem system, int before, int size)
    {
        var ours = size / (await importer.ImportAsync(size)).TotalSeconds;
        var lag = await system.LagAsync();
        var copied = size / (await twins.CopyNewAsync()).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {before:#,0} and more | {size:#,0} | {copied:#,0} | {ours:#,0} | **{ours / copied:0.00}×** | ≥ {ImportTarget:0.0}× {(ours / copied >= ImportTarget ? "met" : "**missed**")} | {1e6 / ours:0} | {lag.Events:#,0} events, {lag.Seconds:0.0} s |"));
    }
}

/// <summary>Sends holdings that nobody has seen, a line each.</summary>
internal sealed class Importer(RunningSystem system) : IDisposable
{
    private readonly HttpClient _client = system.ClientOf("system");
    private long _next;

    /// <summary>How long the import took, from the first byte to the answer. The lines are made beforehand.</summary>
    public async Task<TimeSpan> ImportAsync(int holdings)
    {
        using var body = new MemoryStream();
        await using (var writer = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true))
            for (var i = 0; i < holdings; i++)
                await writer.WriteLineAsync(Line(_next++));
        body.Position = 0;
        using var content = new StreamContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-ndjson") } };
        var began = Stopwatch.GetTimestamp();
        using var response = await _client.PostAsync(new Uri("/v1/netip/holdings/import", UriKind.Relative), content);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        var took = Stopwatch.GetElapsedTime(began);
        if (answer.GetProperty("accepted").GetInt64() != holdings)
            throw new InvalidOperationException($"The import was answered {answer}.");
        return took;
    }

    public void Dispose() => _client.Dispose();

    public static string Line(long number) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"subject":{"type":"customer-number","value":"K-{{number % 200_000}}"},"system":"netflow","categories":["network-log"],"purposes":["network-operation"],"reference":"flow-{{number:d12}}","recordedAt":"2026-11-{{1 + number % 20:00}}T{{number % 24:00}}:{{number % 60:00}}:00Z","customer":"k-{{number % 1_000}}"}""");
}

/// <summary>Copies of the tables that an import fills, with all their indexes, filled by COPY with the same rows.</summary>
internal sealed class CopyTwins
{
    private static readonly string[] Tables = ["holding", "mt_events"];
    private readonly NpgsqlDataSource _database;
    private long _position;

    private CopyTwins(NpgsqlDataSource database) => _database = database;

    public static async Task<CopyTwins> CreateAsync(NpgsqlDataSource database)
    {
        foreach (var table in Tables)
        {
            await using var create = database.CreateCommand($"create table bench_{table} (like {table} including all)");
            await create.ExecuteNonQueryAsync();
        }
        return new CopyTwins(database);
    }

    /// <summary>How long COPY takes for what ours has stored since the last time, from memory.</summary>
    public async Task<TimeSpan> CopyNewAsync()
    {
        await using var connection = await _database.OpenConnectionAsync();
        var parts = new List<(string Table, byte[] Rows)>
        {
            ("holding", await DumpAsync(connection, string.Create(CultureInfo.InvariantCulture, $"select * from holding where position > {_position}"))),
            ("mt_events", await DumpAsync(connection, string.Create(CultureInfo.InvariantCulture, $"select * from mt_events where seq_id > {_position} and type = 'holdings-imported.v1'"))),
        };
        await using (var head = new NpgsqlCommand("select max(seq_id) from mt_events", connection))
            _position = (long)(await head.ExecuteScalarAsync())!;
        var began = Stopwatch.GetTimestamp();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            foreach (var (table, rows) in parts)
            {
                await using var copy = await connection.BeginRawBinaryCopyAsync($"copy bench_{table} from stdin (format binary)");
                await copy.WriteAsync(rows);
            }
            await transaction.CommitAsync();
        }
        return Stopwatch.GetElapsedTime(began);
    }

    private static async Task<byte[]> DumpAsync(NpgsqlConnection connection, string select)
    {
        await using var copy = await connection.BeginRawBinaryCopyAsync($"copy ({select}) to stdout (format binary)");
        using var rows = new MemoryStream();
        await copy.CopyToAsync(rows);
        return rows.ToArray();
    }
}
