using System.Diagnostics;
using System.Globalization;
using Integritet.Benchmarks.Gateway;
using Npgsql;

namespace Integritet.Benchmarks.Retention;

/// <summary>The processes of a running installation, and its PostgreSQL from within.</summary>
internal sealed class WatchedServer : IAsyncDisposable
{
    private static readonly string[] Others = ["policy", "consent", "disclosure", "audit"];
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MostForAVacuum = TimeSpan.FromMinutes(5);

    private readonly NpgsqlDataSource _database;
    private readonly ServerCpu _postgres;
    private readonly int _retention, _gateway, _broker;
    private readonly int[] _others;

    private WatchedServer(NpgsqlDataSource database, ServerCpu postgres, RunningSystem system)
    {
        (_database, _postgres) = (database, postgres);
        (_retention, _gateway, _broker) = (system.Pids(["retention"]).Single().Pid, system.Pids(["gateway"]).Single().Pid, system.BrokerPid());
        _others = [.. system.Pids(Others).Select(p => p.Pid)];
    }

    public static async Task<WatchedServer> OfAsync(RunningSystem system)
    {
        var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(system.DatabaseOf("retention")) { CommandTimeout = 1_200 });
        return new WatchedServer(database, await ServerCpu.OfAsync(database) ?? throw new InvalidOperationException("PostgreSQL is not on this machine."), system);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    /// <summary>Adds rows as their import would have made them, until there are so many.</summary>
    public Task FillAsync(int holdings) => ExecuteAsync(
        """
        insert into holding (tenant_id, holding_id, generation, system, reference, subject, customer, categories, purposes, recorded_at, relevant, customer_owned, customer_controlled,
                             position, status, status_position, rule, act, due_at, run_at, stale)
        select 'netip', (substr(h.time, 1, 8) || '-' || substr(h.time, 9, 4) || '-7' || substr(h.random, 1, 3) || '-8' || substr(h.random, 4, 3) || '-' || substr(h.random, 7, 12))::uuid, 1,
               'netflow', 'row-' || lpad(n::text, 12, '0'), 'ps_' || md5((n % 200000)::text) || 'abcdefghijk', 'k-' || n % 1000, '{network-log}', '{network-operation}', r.at, false, false, false,
               n, 'held', n, 'NI-1', 'erase', r.at + interval '28 days', date_trunc('day', r.at) + interval '29 days 3 hours', false
        from generate_series(1 + (select count(*) from holding where tenant_id = 'netip' and reference like 'row-%'), $1) n,
             lateral (select lpad(to_hex(1700000000000 + n / 10), 12, '0') as time, md5(n::text) as random) h,
             lateral (select timestamptz '2026-11-01' + make_interval(days => (n % 20)::int, hours => (n % 24)::int, mins => (n % 60)::int) as at) r
        order by n
        """,
        new NpgsqlParameter<long> { TypedValue = holdings });

    /// <summary>What earlier work left to do later is done now, so that it falls into no window.</summary>
    public async Task SettleAsync()
    {
        await ExecuteAsync("vacuum analyze holding");
        await Bound.UntilAsync(NoVacuumRunsAsync, "no autovacuum runs", MostForAVacuum);
        await ExecuteAsync("checkpoint");
    }

    /// <summary>A window as long as some work.</summary>
    public async Task<Window> WatchAsync(Func<Task> work)
    {
        var (from, before, cpu) = (Stopwatch.GetTimestamp(), await SeenAsync(), Cpu());
        var (working, memory, checkpoints, last) = (work(), ResidentMib(_retention), 0, before.Checkpoint);
        for (; !working.IsCompleted; await Task.WhenAny(working, Task.Delay(Look)))
        {
            memory = Math.Max(memory, ResidentMib(_retention));
            var seen = await SeenAsync();
            checkpoints += seen.Checkpoint == last ? 0 : 1;
            last = seen.Checkpoint;
        }
        await working;
        var (after, until) = (await SeenAsync(), Stopwatch.GetTimestamp());
        return new Window(from, until, Cpu().ToDictionary(now => now.Key, now => now.Value - cpu[now.Key]), memory, (after.Wal - before.Wal) / 1048576, checkpoints, after.Vacuums - before.Vacuums);
    }

    private Dictionary<string, double> Cpu()
    {
        var (own, server) = _postgres.Read();
        return new()
        {
            ["PostgreSQL"] = server, ["retention"] = ServerCpu.OfProcess(_retention), ["gateway"] = ServerCpu.OfProcess(_gateway), ["the other services"] = _others.Sum(ServerCpu.OfProcess),
            ["RabbitMQ"] = ServerCpu.OfProcess(_broker), ["this benchmark"] = own,
        };
    }

    private async Task<(double Wal, string Checkpoint, long Vacuums)> SeenAsync()
    {
        await using var command = _database.CreateCommand(
            "select (pg_current_wal_insert_lsn() - '0/0')::float8, (select redo_lsn::text from pg_control_checkpoint()), (select autovacuum_count from pg_stat_user_tables where relname = 'holding')");
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return (row.GetDouble(0), row.GetString(1), row.GetInt64(2));
    }

    private async Task<bool> NoVacuumRunsAsync()
    {
        await using var command = _database.CreateCommand("select not exists (select from pg_stat_activity where backend_type = 'autovacuum worker')");
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private async Task ExecuteAsync(string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = _database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync();
    }

    private static double ResidentMib(int pid)
    {
        var line = File.ReadLines($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }
}
