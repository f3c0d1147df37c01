using Integritet.Audit.Ledger;
using Integritet.Audit.Search;
using Integritet.Platform.EventStore;
using Integritet.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

[assembly: AssemblyFixture(typeof(Integritet.Audit.Tests.Servers))]

namespace Integritet.Audit.Tests;

/// <summary>The servers of the run; each test takes a database and a virtual host of its own. The broker is started when first asked for.</summary>
public sealed class Servers : IAsyncLifetime
{
    private readonly Lazy<Task<RabbitMqServer>> _broker = new(RabbitMqServer.StartAsync);

    public PostgresServer Postgres { get; private set; } = null!;

    public Task<RabbitMqServer> RabbitMqAsync() => _broker.Value;

    public async ValueTask InitializeAsync() => Postgres = await PostgresServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        if (_broker.IsValueCreated)
            await (await _broker.Value).DisposeAsync();
    }
}

/// <summary>An empty ledger.</summary>
internal sealed class LedgerDatabase(NpgsqlDataSource database) : IAsyncDisposable
{
    public NpgsqlDataSource Database => database;
    public LedgerWriter Writer { get; } = new(database);
    public ReadLedger Reader { get; } = new(database);

    public static async Task<LedgerDatabase> CreateAsync(Servers servers)
    {
        var database = NpgsqlDataSource.Create(await servers.Postgres.CreateDatabaseAsync());
        await new SchemaUpgrade(database, NullLogger<SchemaUpgrade>.Instance).ApplyAsync([LedgerSchema.Files]);
        return new LedgerDatabase(database);
    }

    public Task<Sequenced> WriteAsync(params Leaf[] leaves) => Writer.WriteAsync(leaves[0].Service, leaves, TestContext.Current.CancellationToken);

    public Task<IReadOnlyList<LedgerFault>> VerifyAsync() => new VerifyLedger(database).RunAsync(TestContext.Current.CancellationToken);

    /// <summary>The log has exactly this many leaves, at 0, 1, 2 and so on.</summary>
    public async Task AssertDenseAsync(string controller, int size) =>
        Assert.Equal(Enumerable.Range(0, size).Select(i => (long)i), await QueryAsync<long>($"select index from ledger_leaf where controller = '{controller}' order by index"));

    public async Task<List<T>> QueryAsync<T>(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await reader.ReadAsync())
            values.Add(await reader.IsDBNullAsync(0) ? default! : reader.GetFieldValue<T>(0));
        return values;
    }

    /// <summary>Runs SQL as somebody with full rights over the database would, triggers off.</summary>
    public async Task TamperAsync(string sql)
    {
        await using var command = database.CreateCommand($"set session_replication_role = replica; {sql}; set session_replication_role = origin");
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();
}
