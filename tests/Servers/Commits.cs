using Integritet.Platform.EventStore;
using Npgsql;
using Xunit;

namespace Integritet.Servers;

/// <summary>The commits of an event store, from outside.</summary>
public static class Commits
{
    /// <summary>
    /// Waits until nobody is writing. A commit that a killed process had sent goes through all the same, a moment later; whoever looks at what that process has left takes the writers' turn first.
    /// </summary>
    public static async Task SettledAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var turn = new NpgsqlCommand($"select pg_advisory_xact_lock({Locks.Append})", connection) { CommandTimeout = 60 };
        await turn.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
