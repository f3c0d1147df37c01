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
/// Importing holdings through the gateway of a running installation, against COPY of the same rows into copies of the same tables with the same indexes. They take turns, and each of the two finds its tables as full as the other: the copies are given, round by
/// round, what ours has just stored. Before each turn the ledger has caught up, PostgreSQL has written a checkpoint and no autovacuum runs.
/// </summary>
internal static class ImportBenchmarks
{
    private const double Target = 0.3;
    private const int Small = 10_000;
    private const int Large = 100_000;
    private const int SmallRounds = 4;
    private const int LargeRounds = 2;

    // The runtime compiles what is hot in the background: a part that has run for some seconds is what an import of any size meets.
    private const int WarmUp = 10;
    private const int WarmUpSize = 1_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var most = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        await using var system = await RunningSystem.StartAsync("--no-schedule");
        await using var database = NpgsqlDataSource.Create(system.DatabaseOf("retention"));
        await using var audit = NpgsqlDataSource.Create(system.DatabaseOf("audit"));
        using var importer = new Importer(system);
        var (twins, quiet, cpu) = (await CopyTwins.CreateAsync(database), new Quiet(database, audit), await SystemCpu.OfAsync(system, database));
        for (var i = 0; i < WarmUp; i++)
        {
            await quiet.LedgerAsync();
            await importer.ImportAsync(WarmUpSize);
            await twins.CopyNewAsync();
        }
        Console.WriteLine("| holdings before | imported | COPY, holdings/s | ours, holdings/s | ratio | target | COPY, CPU µs a holding | ours, CPU µs a holding: service + its PostgreSQL + broker, Audit and its PostgreSQL + the rest | ledger behind, most and at the end | until it was not |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        var rounds = new List<Round>();
        foreach (var size in Sizes(most))
        {
            var round = await RoundAsync(importer, twins, quiet, cpu, rounds.Count == 0 ? WarmUp * WarmUpSize : rounds[^1].After, size);
            rounds.Add(round);
            Console.WriteLine(round.Row(Target));
        }
        WriteCurve(rounds);
        return 0;
    }

    /// <summary>Rounds of ten thousand, then of a hundred thousand until there are as many holdings as asked for.</summary>
    private static IEnumerable<int> Sizes(int most)
    {
        var large = Math.Max(LargeRounds, (int)Math.Round((most - (WarmUp * WarmUpSize) - (SmallRounds * Small)) / (double)Large));
        return Enumerable.Repeat(Small, SmallRounds).Concat(most < Large ? [] : Enumerable.Repeat(Large, large));
    }

    private static async Task<Round> RoundAsync(Importer importer, CopyTwins twins, Quiet quiet, SystemCpu cpu, int before, int size)
    {
        await quiet.AllAsync();
        using var imported = new CancellationTokenSource();
        var (lag, start) = (quiet.MostBehindAsync(imported.Token), await cpu.ReadAsync());
        var ours = await importer.ImportAsync(size);
        var (atTheEnd, since) = (await quiet.BehindAsync(), Stopwatch.GetTimestamp());
        await imported.CancelAsync();
        await quiet.LedgerAsync();
        var (caughtUp, oursCpu) = (Stopwatch.GetElapsedTime(since), await cpu.ReadAsync() - start);

        await quiet.AllAsync();
        var copied = await twins.CopyNewAsync(cpu);
        return new Round(before, size, copied.Took, ours, copied.Cpu, oursCpu, Math.Max(await lag, atTheEnd), atTheEnd, caughtUp);
    }

    private static void WriteCurve(IReadOnlyList<Round> rounds)
    {
        Console.WriteLine();
        Console.WriteLine("| holdings before | rounds | ours, µs a holding | COPY, µs a holding | ratio | ours, CPU µs a holding | COPY, CPU µs a holding |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var part in rounds.GroupBy(round => (round.Size, Tenfold: Math.Floor(Math.Log10(round.Before + round.Size)))))
        {
            string Middle(Func<Round, double> value) => Median([.. part.Select(value)]).ToString("0.0", CultureInfo.InvariantCulture);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {part.First().Before:#,0} to {part.Last().Before:#,0}, by {part.Key.Size:#,0} | {part.Count()} | {Middle(r => r.Micros(r.Ours.TotalSeconds))} | {Middle(r => r.Micros(r.Copied.TotalSeconds))} | **{Median([.. part.Select(r => r.Ratio)]):0.00}×** | {Middle(r => r.Micros(r.OursCpu.Total))} | {Middle(r => r.Micros(r.CopyCpu))} |"));
        }
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }

    /// <param name="Before">Holdings that were there.</param>
    /// <param name="CopyCpu">Seconds of PostgreSQL's and of the sender's.</param>
    /// <param name="OursCpu">Seconds up to when the last event was in the ledger.</param>
    /// <param name="MostBehind">Events of Retention that were not in the ledger yet.</param>
    private sealed record Round(int Before, int Size, TimeSpan Copied, TimeSpan Ours, double CopyCpu, SystemTimes OursCpu, long MostBehind, long BehindAtTheEnd, TimeSpan CaughtUp)
    {
        public int After => Before + Size;

        public double Ratio => Copied / Ours;

        public double Micros(double seconds) => seconds * 1e6 / Size;

        public string Row(double target) => string.Create(CultureInfo.InvariantCulture,
            $"| {Before:#,0} | {Size:#,0} | {Size / Copied.TotalSeconds:#,0} | {Size / Ours.TotalSeconds:#,0} | **{Ratio:0.00}×** | ≥ {target:0.0}× {(Ratio >= target ? "met" : "**missed**")} "
            + $"| {Micros(CopyCpu):0.0} | {Micros(OursCpu.Service):0.0} + {Micros(OursCpu.Database):0.0} + {Micros(OursCpu.Ledger):0.0} + {Micros(OursCpu.Rest):0.0} = {Micros(OursCpu.Total):0.0} "
            + $"| {MostBehind} and {BehindAtTheEnd} events | {CaughtUp.TotalSeconds:0.0} s |");
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

/// <summary>Waits until nothing of one turn goes on in the next.</summary>
internal sealed class Quiet(NpgsqlDataSource retention, NpgsqlDataSource audit)
{
    private static readonly TimeSpan MostForAVacuum = TimeSpan.FromMinutes(5);

    public async Task AllAsync()
    {
        await LedgerAsync();
        await Bound.UntilAsync(
            async () => await NumberAsync(retention, "select count(*) from pg_stat_activity where backend_type = 'autovacuum worker'") == 0, "no autovacuum runs", MostForAVacuum);
        await using var checkpoint = retention.CreateCommand("checkpoint");
        checkpoint.CommandTimeout = (int)Bound.Most.TotalSeconds;
        await checkpoint.ExecuteNonQueryAsync();
    }

    /// <summary>Until every event of Retention is in Audit's ledger.</summary>
    public Task LedgerAsync() => Bound.UntilAsync(async () => await BehindAsync() == 0, "all events of Retention are in the ledger");

    /// <summary>Events of Retention that are not in Audit's ledger yet.</summary>
    public async Task<long> BehindAsync()
    {
        // In this order, so that what comes in between counts as there.
        var head = await NumberAsync(retention, "select coalesce(max(seq_id), 0) from mt_events");
        return Math.Max(0, head - await NumberAsync(audit, "select coalesce(max(position), 0) from ledger_source where service = 'retention'"));
    }

    /// <summary>The most it was behind, asked four times a second until cancelled.</summary>
    public async Task<long> MostBehindAsync(CancellationToken stop)
    {
        var most = 0L;
        while (!stop.IsCancellationRequested)
        {
            most = Math.Max(most, await BehindAsync());
            await Task.Delay(250, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return most;
    }

    private static async Task<long> NumberAsync(NpgsqlDataSource database, string select)
    {
        await using var command = database.CreateCommand(select);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

/// <summary>Copies of all tables that an import fills, with all their indexes and the foreign key between them, filled by COPY with the same rows.</summary>
internal sealed class CopyTwins
{
    // The table, and which of its rows an import made.
    private static readonly (string Table, string New)[] Tables =
    [
        ("mt_streams", "type = 'holding-import' and timestamp > $1"), ("mt_events", "type like 'holdings-imported.%' and timestamp > $1"),
        ("holding", "position > (select coalesce(max(seq_id), 0) from mt_events where timestamp <= $1)"), ("holding_import", "at > $1"),
    ];

    private readonly NpgsqlDataSource _database;
    private DateTime _since = DateTime.UnixEpoch;

    private CopyTwins(NpgsqlDataSource database) => _database = database;

    public static async Task<CopyTwins> CreateAsync(NpgsqlDataSource database)
    {
        foreach (var (table, _) in Tables)
            await ExecuteAsync(database, $"create table bench_{table} (like {table} including all)");
        await ExecuteAsync(database, "alter table bench_mt_events add foreign key (tenant_id, stream_id) references bench_mt_streams (tenant_id, id)");
        return new CopyTwins(database);
    }

    /// <summary>How long COPY takes for what ours has stored since the last time, from memory and in one transaction, and the processor time of sender and server.</summary>
    public async Task<(TimeSpan Took, double Cpu)> CopyNewAsync(SystemCpu? cpu = null)
    {
        await using var connection = await _database.OpenConnectionAsync();
        var parts = new List<(string Table, byte[] Rows)>();
        foreach (var (table, isNew) in Tables)
            parts.Add((table, await DumpAsync(connection, $"select * from {table} where {isNew.Replace("$1", $"'{_since:O}'", StringComparison.Ordinal)}")));
        await using (var head = new NpgsqlCommand("select max(timestamp) from mt_events", connection))
            _since = (DateTime)(await head.ExecuteScalarAsync())!;
        var before = cpu is null ? 0 : (await cpu.ReadAsync()).Database + Own();
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
        var took = Stopwatch.GetElapsedTime(began);
        return (took, cpu is null ? 0 : (await cpu.ReadAsync()).Database + Own() - before);
    }

    private static double Own() => ServerCpu.OfProcess(Environment.ProcessId);

    private static async Task<byte[]> DumpAsync(NpgsqlConnection connection, string select)
    {
        await using var copy = await connection.BeginRawBinaryCopyAsync($"copy ({select}) to stdout (format binary)");
        using var rows = new MemoryStream();
        await copy.CopyToAsync(rows);
        return rows.ToArray();
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
