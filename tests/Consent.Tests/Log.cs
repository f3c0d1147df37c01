namespace Integritet.Consent.Tests;

/// <summary>The service's log as it rests.</summary>
internal static class Log
{
    /// <summary>How many events callers made. What the service records by itself, as policies arrive and the systems that they name are registered, may come at any time.</summary>
    public static async Task<long> CountByCallersAsync(Installation installation)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var count = source.CreateCommand("select count(*) from mt_events where user_name is null or user_name not in ('consent', 'policy')");
        return (long)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>The newest event's position.</summary>
    public static async Task<long> HeadAsync(Installation installation)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var head = source.CreateCommand("select max(seq_id) from mt_events");
        return (long)(await head.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
