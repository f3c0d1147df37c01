using System.Diagnostics;
using System.Text;
using Npgsql;

namespace Integritet.EventStore.Tests;

public sealed class CommitStampTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_stamp_is_taken_under_the_lock()
    {
        await using var replica = await StartAsync();
        await using var other = await replica.Database.OpenConnectionAsync(Cancel);
        await ExecuteAsync(other, $"select pg_advisory_lock({Locks.Append})");
        var append = replica.Store.AppendAsync(Of("s"), Cancel);
        await UntilAnAppendWaitsAsync(other);
        var released = TimeProvider.System.GetUtcNow();
        await ExecuteAsync(other, $"select pg_advisory_unlock({Locks.Append})");

        Assert.True(Assert.IsType<AppendResult.Appended>(await append).CommittedAt >= released.AddMicroseconds(-1));
    }

    [Fact]
    public async Task An_event_may_tell_itself_whom_it_concerns()
    {
        await using var replica = await StartAsync();
        var append = Of("s");
        var own = append.Events[0] with { Id = Guid.CreateVersion7(), Subjects = ["ps_2"] };
        await replica.Store.AppendAsync(append with { Events = [append.Events[0], own] }, Cancel);

        var recorded = await replica.Store.ReadStreamAsync("almena", "s", cancellationToken: Cancel);
        Assert.Equal([["ps_1"], ["ps_2"]], recorded.Select(r => r.Metadata.Subjects));
    }

    private static async Task<Replica> StartAsync()
    {
        var admin = Environment.GetEnvironmentVariable("INTEGRITET_TEST_POSTGRES")!;
        var name = "stamp_" + Guid.CreateVersion7().ToString("N");
        await using var source = NpgsqlDataSource.Create(admin);
        await using var create = source.CreateCommand($"create database {name}");
        await create.ExecuteNonQueryAsync(Cancel);
        return await Replica.StartAsync(new NpgsqlConnectionStringBuilder(admin) { Database = name, Pooling = false }.ConnectionString);
    }

    private static async Task UntilAnAppendWaitsAsync(NpgsqlConnection connection)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
        {
            await using var waiting = new NpgsqlCommand("select exists (select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database()))", connection);
            if ((bool)(await waiting.ExecuteScalarAsync(Cancel))!)
                return;
        }
        Assert.Fail("No append came to wait for the lock.");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static Append Of(string stream) => new(
        "almena", stream, ExpectedVersion.Any, [new EventToAppend(Guid.CreateVersion7(), "thing-done.v1", "X, Y", Encoding.UTF8.GetBytes("{}"))],
        new EventMetadata("c", "k", "me") { Subjects = ["ps_1"] });
}
