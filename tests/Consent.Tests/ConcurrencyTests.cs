using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;

namespace Integritet.Consent.Tests;

public sealed class ConcurrencyTests(Installation installation)
{
    [Fact]
    public async Task Of_many_withdrawals_at_once_one_is_recorded_and_all_are_answered_alike()
    {
        var anna = await Customer.OfAsync(installation);
        var given = await anna.GiveAsync("own-marketing");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => anna.WithdrawAsync(given)));
        Assert.Single(answers.Select(a => a.ToJsonString()).Distinct(StringComparer.Ordinal));
        Assert.Equal(2, (await anna.GetAsync($"consents/{given["consentId"]}/history"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Giving_and_withdrawing_at_once_leaves_what_was_committed_last()
    {
        var anna = await Customer.OfAsync(installation);
        for (var round = 0; round < 10; round++)
        {
            var first = await anna.GiveAsync("own-marketing");
            var giving = anna.GiveAsync("own-marketing");
            var withdrawing = anna.WithdrawAsync(first);
            var (givenAt, withdrawnAt) = ((DateTimeOffset)(await giving)["givenAt"]!, (DateTimeOffset)(await withdrawing)["withdrawnAt"]!);
            Assert.NotEqual(givenAt, withdrawnAt);
            Assert.Equal(givenAt > withdrawnAt ? "permit" : "refuse", (string?)(await anna.MayAsync())["outcome"]);
        }
    }

    [Fact]
    public async Task Withdrawing_parts_at_once_withdraws_each_once()
    {
        var anna = await Customer.OfAsync(installation);
        var given = await anna.GiveAsync("own-marketing", "targeting", "third-party-advertising");
        await Task.WhenAll(anna.WithdrawAsync(given, "own-marketing"), anna.WithdrawAsync(given, "targeting"), anna.WithdrawAsync(given, "third-party-advertising"), anna.WithdrawAsync(given));
        var history = (await anna.GetAsync($"consents/{given["consentId"]}/history"))["items"]!.AsArray();
        var withdrawn = history.Skip(1).SelectMany(h => h!["purposes"]!.AsArray().Select(p => (string?)p)).ToArray();
        Assert.Equal(["own-marketing", "targeting", "third-party-advertising"], withdrawn.Order());
    }

    [Fact]
    public async Task A_withdrawal_binds_from_its_commit()
    {
        var anna = await Customer.OfAsync(installation);
        for (var round = 0; round < 5; round++)
        {
            var given = await anna.GiveAsync("own-marketing");
            using var stop = new CancellationTokenSource();
            var answers = new ConcurrentBag<JsonNode>();
            var askers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                    answers.Add(await anna.MayAsync());
            })).ToArray();
            DateTimeOffset withdrawnAt;
            try
            {
                await Until.TrueAsync(() => Task.FromResult(answers.Count >= 40));
                withdrawnAt = (DateTimeOffset)(await anna.WithdrawAsync(given))["withdrawnAt"]!;
                Assert.Equal("refuse", (string?)(await anna.MayAsync())["outcome"]);
                var before = answers.Count;
                await Until.TrueAsync(() => Task.FromResult(answers.Count >= before + 40));
            }
            finally
            {
                await stop.CancelAsync();
                await Task.WhenAll(askers);
            }

            var permits = answers.Where(a => (string?)a["outcome"] == "permit").Select(a => (DateTimeOffset)a["evaluatedAt"]!).ToArray();
            var refusals = answers.Where(a => (string?)a["outcome"] == "refuse").Select(a => (DateTimeOffset)a["evaluatedAt"]!).ToArray();
            Assert.NotEmpty(permits);
            Assert.NotEmpty(refusals);
            Assert.True(permits.Max() < withdrawnAt, $"permitted at {permits.Max():O}, withdrawn at {withdrawnAt:O}");
            Assert.True(refusals.Min() >= withdrawnAt, $"refused at {refusals.Min():O}, withdrawn at {withdrawnAt:O}");
        }
    }

    [Fact]
    public async Task A_withdrawal_that_has_its_stamp_and_is_not_yet_committed_is_not_overlooked()
    {
        var anna = await Customer.OfAsync(installation);
        var given = await anna.GiveAsync("own-marketing");
        Assert.Equal("permit", (string?)(await anna.MayAsync())["outcome"]);

        // Holds the withdrawal's commit back in its read model, when its stamp is taken.
        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var holder = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var held = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await ScalarAsync(holder, "lock table consent_statement in share mode");
        var withdrawing = anna.WithdrawAsync(given);
        await Until.TrueAsync(async () => (bool)(await ScalarAsync(holder, "select exists (select from pg_locks where relation = 'consent_statement'::regclass and not granted)"))!);
        var asking = anna.MayAsync();
        await Until.TrueAsync(async () => (bool)(await ScalarAsync(
            holder, "select exists (select from pg_stat_activity where datname = current_database() and query like '%unnest($3, $4, $5) a(kind, about, what)%' and query_start > transaction_timestamp())"))!);
        await held.RollbackAsync(TestContext.Current.CancellationToken);

        var withdrawnAt = (DateTimeOffset)(await withdrawing)["withdrawnAt"]!;
        var answer = await asking;
        var evaluatedAt = (DateTimeOffset)answer["evaluatedAt"]!;
        Assert.Equal(evaluatedAt < withdrawnAt ? "permit" : "refuse", (string?)answer["outcome"]);
    }

    [Fact]
    public async Task Two_replicas_see_each_others_withdrawals_at_once()
    {
        var anna = await Customer.OfAsync(installation);
        await using var other = new ServiceProcess("Consent", installation.Environment);
        await other.ReadyAsync();
        for (var round = 0; round < 10; round++)
        {
            var given = await anna.GiveAsync("own-marketing");
            Assert.Equal("permit", (string?)(await other.PostAsync(anna.Path("decisions"), anna.System, anna.Question())).Ok()["outcome"]);
            (await other.PostAsync(anna.Path($"consents/{given["consentId"]}/withdrawal"), anna.System, new { method = "web-form" })).Ok();
            Assert.Equal("refuse", (string?)(await anna.MayAsync())["outcome"]);
        }
    }

    [Fact]
    public async Task A_killed_replica_loses_nothing_it_answered()
    {
        var anna = await Customer.OfAsync(installation);
        await using var other = new ServiceProcess("Consent", installation.Environment);
        await other.ReadyAsync();
        var acknowledged = new ConcurrentBag<string>();
        var writers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                try
                {
                    var answer = await other.PostAsync(anna.Path("consents"), anna.System, anna.Consent("own-marketing"));
                    acknowledged.Add((string)answer.Ok(HttpStatusCode.Created)["consentId"]!);
                }
                catch (HttpRequestException)
                {
                    return;
                }
            }
        })).ToArray();
        await Until.TrueAsync(() => Task.FromResult(acknowledged.Count >= 100));
        await other.KillAsync();
        await Task.WhenAll(writers);
        await Commits.SettledAsync(installation.Database);

        var service = await installation.ServiceAsync();
        foreach (var id in acknowledged)
            (await service.GetAsync(anna.Path($"consents/{id}"), anna.System)).Ok();
    }

    private static async Task<object?> ScalarAsync(Npgsql.NpgsqlConnection connection, string sql)
    {
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
