using Integritet.Benchmarks.Gateway;
using Npgsql;

namespace Integritet.Benchmarks.Retention;

/// <summary>Seconds of processor time that the parts of a running installation have used.</summary>
/// <param name="Service">The Retention service, its forwarder included.</param>
/// <param name="Database">PostgreSQL's processes that serve its database.</param>
/// <param name="Ledger">Broker, Audit, and PostgreSQL's processes that serve Audit's database.</param>
/// <param name="Rest">The gateway, the other services, and what of PostgreSQL serves no one database.</param>
internal sealed record SystemTimes(double Service, double Database, double Ledger, double Rest)
{
    public double Total => Service + Database + Ledger + Rest;

    public static SystemTimes operator -(SystemTimes later, SystemTimes earlier) =>
        new(later.Service - earlier.Service, later.Database - earlier.Database, later.Ledger - earlier.Ledger, later.Rest - earlier.Rest);

    public static SystemTimes operator +(SystemTimes one, SystemTimes other) => new(one.Service + other.Service, one.Database + other.Database, one.Ledger + other.Ledger, one.Rest + other.Rest);
}

/// <summary>Tells the processor time of each process of an installation, by part.</summary>
internal sealed class SystemCpu(RunningSystem system, NpgsqlDataSource database, ServerCpu server)
{
    private static readonly string[] Others = ["gateway", "policy", "consent", "disclosure"];

    public static async Task<SystemCpu> OfAsync(RunningSystem system, NpgsqlDataSource database) =>
        new(system, database, await ServerCpu.OfAsync(database) ?? throw new InvalidOperationException("PostgreSQL is not on this machine."));

    public async Task<SystemTimes> ReadAsync()
    {
        var databases = await DatabasesAsync();
        var postgres = server.ReadEach().ToLookup(process => databases.GetValueOrDefault(process.Pid, ""), process => process.Seconds, StringComparer.Ordinal);
        return new SystemTimes(
            Seconds("retention"), postgres["retention"].Sum(), Seconds("audit") + postgres["audit"].Sum() + ServerCpu.OfProcess(system.BrokerPid()),
            Seconds(Others) + postgres.Where(part => part.Key is not ("retention" or "audit")).Sum(part => part.Sum()));
    }

    private double Seconds(params string[] services) => system.Pids(services).Sum(service => ServerCpu.OfProcess(service.Pid));

    private async Task<Dictionary<int, string>> DatabasesAsync()
    {
        await using var command = database.CreateCommand("select pid, datname from pg_stat_activity where datname is not null");
        await using var row = await command.ExecuteReaderAsync();
        var databases = new Dictionary<int, string>();
        while (await row.ReadAsync())
            databases[row.GetInt32(0)] = row.GetString(1);
        return databases;
    }
}
