using System.Collections.Concurrent;
using System.Text;
using Integritet.Servers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

[assembly: AssemblyFixture(typeof(Integritet.EventStore.Tests.SharedPostgres))]

namespace Integritet.EventStore.Tests;

/// <summary>The server whose databases the tests use; those that kill one start their own.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    private PostgresServer? _server;

    public PostgresServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>A writer the contract is run against.</summary>
public sealed record Writer(string Name, Action<IServiceCollection> Register)
{
    public static Writer Postgres { get; } = new("Postgres", _ => { });
}

/// <summary>What every case of the contract needs: replicas of the writer under test on a database of its own.</summary>
public abstract class Contract(SharedPostgres server, Writer writer) : IAsyncLifetime
{
    private readonly ConcurrentBag<Replica> _replicas = [];
    private string? _database;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Connection string of this test's database.</summary>
    protected string Database => _database!;

    public virtual async ValueTask InitializeAsync() => _database = await server.Server.CreateDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Another replica of the service on the same database, as a rule.</summary>
    protected async Task<Replica> StartAsync(
        IEnumerable<InlineProjection>? projections = null, string? database = null, Action<IServiceCollection>? services = null, params (string Key, string Value)[] settings)
    {
        var replica = await Replica.StartAsync(
            database ?? Database,
            projections,
            collection =>
            {
                writer.Register(collection);
                services?.Invoke(collection);
            },
            [("Writer", writer.Name), .. settings]);
        _replicas.Add(replica);
        return replica;
    }

    protected static async Task<AppendResult.Appended> AppendedAsync(Replica replica, Append append) =>
        Assert.IsType<AppendResult.Appended>(await replica.Store.AppendAsync(append, Cancel));

    protected static async Task<List<RecordedEvent>> LogAsync(Replica replica, long after = 0, int limit = int.MaxValue)
    {
        var all = new List<RecordedEvent>();
        await foreach (var one in replica.Store.ReadAllAsync(after, limit, Cancel))
            all.Add(one);
        return all;
    }

    protected static async Task<T?> ScalarAsync<T>(Replica replica, string sql)
    {
        await using var command = replica.Database.CreateCommand(sql);
        return (T?)await command.ExecuteScalarAsync(Cancel);
    }

    protected static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>Keeps every writer waiting until released.</summary>
    protected static async Task<NpgsqlConnection> HoldLockAsync(Replica replica)
    {
        var connection = await replica.Database.OpenConnectionAsync(Cancel);
        await ExecuteAsync(connection, $"select pg_advisory_lock({Locks.Append})");
        return connection;
    }

    protected static Task ReleaseLockAsync(NpgsqlConnection connection) => ExecuteAsync(connection, $"select pg_advisory_unlock({Locks.Append})");

    protected static Task UntilAnAppendWaitsAsync(Replica replica) => UntilAsync(() => AnAppendWaitsAsync(replica), "an append waited for the lock");

    protected static Task<bool> AnAppendWaitsAsync(Replica replica) => ScalarAsync<bool>(
        replica, "select exists (select from pg_locks l join pg_database d on d.oid = l.database where l.locktype = 'advisory' and not l.granted and d.datname = current_database())");

    /// <summary>Waits for a condition, a minute at most.</summary>
    protected static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await holds())
        {
            Assert.False(bound.IsCancellationRequested, $"It never came about that {what}.");
            await Task.Delay(5, Cancel);
        }
    }

    /// <summary>What <c>mt_streams</c> says must be what <c>mt_events</c> holds: versions from 1 without gap, positions without gap. Marten keeps an empty stream of its own for failed appends.</summary>
    protected static async Task AssertWholeAsync(Replica replica, bool gapless = true)
    {
        Assert.Equal("", await ScalarAsync<string>(replica,
            """
            select coalesce(string_agg(concat_ws(' ', s.id, s.version, e.stream_id, e.first, e.last, e.events), ', '), '') from mt_streams s
            full join (select tenant_id, stream_id, count(*) as events, max(version) as last, min(version) as first from mt_events group by 1, 2) e
                on e.tenant_id = s.tenant_id and e.stream_id = s.id
            where (s.version is distinct from e.last or e.events is distinct from e.last or e.first is distinct from 1) and s.id is distinct from 'mt_tombstone'
            """));
        if (gapless)
            Assert.Equal(0L, await ScalarAsync<long>(replica, "select coalesce(max(seq_id), 0) - count(*) from mt_events"));
        Assert.Equal(0L, await ScalarAsync<long>(replica,
            "select count(*) from (select timestamp < lag(timestamp) over (order by seq_id) as backwards from mt_events) t where backwards"));
    }
}

/// <summary>Appends as the cases need them.</summary>
public static class Things
{
    public const string Type = "thing-done.v1";

    public static EventMetadata Metadata { get; } = new("correlation-1", "causation-1", "key-1") { Subjects = ["ps_1"] };

    public static Append Append(string stream, ExpectedVersion? expected = null, int events = 1, string tenant = "almena", string json = """{"a": 1}""", string type = Type) => new(
        tenant, stream, expected ?? ExpectedVersion.Any, [.. Enumerable.Range(0, events).Select(_ => Event(json, type))], Metadata) { StreamType = "thing" };

    public static EventToAppend Event(string json = """{"a": 1}""", string type = Type) => new(Guid.CreateVersion7(), type, "Things.Done, Things", Encoding.UTF8.GetBytes(json));

    public static IdempotencyRecord Keyed(string key, string tenant = "almena", byte hash = 1, string resource = "r1") =>
        new(new IdempotencyScope(tenant, "key-1", "POST /v1/things", key), [hash], 201, resource);

    /// <summary>Counts a tenant's events by stream.</summary>
    public static InlineProjection CountByStream { get; } = new(
        "count-by-stream", "read_count", 1, [Type],
        "create table {table} (tenant_id varchar, stream_id varchar, n bigint not null, primary key (tenant_id, stream_id)); create index {table}_n on {table} (n)",
        "insert into {table} as t (tenant_id, stream_id, n) select e.tenant_id, e.stream_id, 1 from events e on conflict (tenant_id, stream_id) do update set n = t.n + 1");

    /// <summary>Counts a tenant's events in one row, whatever the stream.</summary>
    public static InlineProjection CountByTenant { get; } = new(
        "count-by-tenant", "read_tenant", 1, [Type],
        "create table {table} (tenant_id varchar primary key, n bigint not null check (n < 1000000))",
        "with changed as (select e.tenant_id from events e) insert into {table} as t select c.tenant_id, 1 from changed c on conflict (tenant_id) do update set n = t.n + 1",
        "e.tenant_id");
}
