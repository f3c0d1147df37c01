using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using static Integritet.Retention.Tests.Case;

namespace Integritet.Retention.Tests;

/// <summary>Imports over HTTP: whatever a body looks like, what is good of it is stored and the rest is named.</summary>
public sealed class ImportTests(Installation installation)
{
    [Fact]
    public async Task Good_lines_are_stored_though_others_are_bad_and_each_bad_one_is_named()
    {
        var netip = await OfAsync(installation, "netip");
        var email = SomeEmail();
        var (taken, twice) = (Some("ref"), Some("ref"));
        await netip.RegisterAsync(Holding(SomeEmail(), "crm", "name", "delivery", reference: taken));
        string[] lines =
        [
            Line(email), "{\"subject\":", Line(email), "", Line(email, category: "visitor-data"), Line(email, reference: taken), Line(email, reference: twice),
            Line(email, reference: twice), Line(email, reference: twice, purpose: "assignment"), new string('x', 1024 * 1024), Line(email, system: "nowhere"), Line(email, recordedAt: "2999-01-01T00:00:00Z"),
            "[1]", "null", Line(email).Replace("\"crm\"", "\"crm\",\"colour\":1", StringComparison.Ordinal), Line(email),
        ];

        var answer = (await netip.ImportAsync(lines)).Ok();

        Assert.Equal((5, 10, 16), ((int)answer["accepted"]!, (int)answer["rejected"]!, (int)answer["lastLine"]!));
        Assert.Equal([2, 5, 6, 9, 10, 11, 12, 13, 14, 15], answer["problems"]!.AsArray().Select(p => (int)p!["line"]!));
        Assert.All(answer["problems"]!.AsArray(), p => Assert.False(string.IsNullOrWhiteSpace((string?)p!["detail"])));
        Assert.Equal("NI-1", (string?)answer["problems"]![1]!["errors"]![0]!["rule"]);
        Assert.Equal(4, await CountAsync(netip, email));
    }

    [Fact]
    public async Task The_same_import_again_changes_nothing()
    {
        var netip = await OfAsync(installation, "netip");
        var email = SomeEmail();
        string[] lines = [.. Enumerable.Range(0, 2_500).Select(_ => Line(email))];

        var first = (await netip.ImportAsync(lines, "?importId=" + Some("i"))).Ok();
        var again = (await netip.ImportAsync([.. lines, lines[0], lines[0]])).Ok();

        Assert.Equal((2_500, 0, 2_500), ((int)first["accepted"]!, (int)first["rejected"]!, (int)first["lastLine"]!));
        Assert.Equal((2_502, 0, 2_502), ((int)again["accepted"]!, (int)again["rejected"]!, (int)again["lastLine"]!));
        Assert.Equal(2_500, await CountAsync(netip, email));
    }

    [Fact]
    public async Task A_truncated_import_keeps_its_whole_lines_and_goes_on_where_it_stood()
    {
        var netip = await OfAsync(installation, "netip");
        var (email, importId) = (SomeEmail(), Some("i"));
        string[] lines = [.. Enumerable.Range(0, 1_500).Select(_ => Line(email))];

        var sent = await SendAsync($"/v1/netip/holdings/import?importId={importId}", string.Join('\n', lines[..1_200]) + "\n" + lines[1_200][..20]);
        await Until.TrueAsync(async () => (int?)(await netip.GetAsync($"holdings/imports/{importId}", "system")).Body!["lastLine"] >= 1_000);
        sent.Dispose();
        await Until.TrueAsync(async () => (int?)(await netip.GetAsync($"holdings/imports/{importId}", "system")).Body!["lastLine"] == 1_200);

        var rest = (await netip.ImportAsync(lines[1_200..], $"?importId={importId}&fromLine=1201")).Ok();

        Assert.Equal((300, 0, 1_500), ((int)rest["accepted"]!, (int)rest["rejected"]!, (int)rest["lastLine"]!));
        Assert.Equal(1_500, await CountAsync(netip, email));
        var progress = (await netip.GetAsync($"holdings/imports/{importId}", "system")).Ok();
        Assert.Equal((1_500, 1_500), ((int)progress["lastLine"]!, (int)progress["accepted"]!));
    }

    [Fact]
    public async Task A_service_killed_in_an_import_has_kept_what_its_progress_says_and_another_replica_goes_on()
    {
        var netip = await OfAsync(installation, "netip");
        var (email, importId) = (SomeEmail(), Some("i"));
        string[] lines = [.. Enumerable.Range(0, 2_500).Select(_ => Line(email))];
        await using var replica = new ServiceProcess("Retention", installation.Environment);
        await replica.ReadyAsync();

        using var sent = await SendAsync($"/v1/netip/holdings/import?importId={importId}", string.Join('\n', lines[..2_200]) + "\n", replica);
        await Until.TrueAsync(async () => (int?)(await netip.GetAsync($"holdings/imports/{importId}", "system")).Body!["lastLine"] >= 1_000);
        await replica.KillAsync();
        await Commits.SettledAsync(installation.Database);
        var kept = (int)(await netip.GetAsync($"holdings/imports/{importId}", "system")).Ok()["lastLine"]!;
        Assert.InRange(kept, 1_000, 2_200);
        Assert.Equal(kept, await CountAsync(netip, email));

        var rest = (await netip.ImportAsync(lines[kept..], $"?importId={importId}&fromLine={kept + 1}")).Ok();
        Assert.Equal((2_500 - kept, 2_500), ((int)rest["accepted"]!, (int)rest["lastLine"]!));
        Assert.Equal(2_500, await CountAsync(netip, email));
    }

    [Fact]
    public async Task Two_imports_of_the_same_lines_at_once_store_each_once()
    {
        var netip = await OfAsync(installation, "netip");
        var email = SomeEmail();
        string[] lines = [.. Enumerable.Range(0, 1_200).Select(_ => Line(email, recordedAt: "2026-10-01T00:00:00Z"))];

        var answers = await Task.WhenAll(netip.ImportAsync(lines), netip.ImportAsync(lines), netip.ImportAsync(lines.Reverse()));

        Assert.All(answers, a => Assert.Equal((1_200, 0), ((int)a.Ok()["accepted"]!, (int)a.Body!["rejected"]!)));
        Assert.Equal(1_200, await CountAsync(netip, email));
    }

    [Fact]
    public async Task At_most_a_thousand_problems_are_listed_and_all_are_counted()
    {
        var answer = (await (await OfAsync(installation, "netip")).ImportAsync(Enumerable.Repeat("{", 3_000))).Ok();

        Assert.Equal((0, 3_000, 1_000), ((int)answer["accepted"]!, (int)answer["rejected"]!, answer["problems"]!.AsArray().Count));
    }

    [Fact]
    public async Task What_is_no_import_is_refused()
    {
        var netip = await OfAsync(installation, "netip");

        (await netip.PostAsync("holdings/import", new JsonObject())).Problem(415);
        (await netip.ImportAsync([], "?importId=a%20b&fromLine=0")).Problem(422, "#query/importId", "#query/fromLine");
        Assert.Equal(0, (int)(await netip.ImportAsync("")).Ok()["lastLine"]!);
        (await netip.GetAsync("holdings/imports/never-heard-of", "system")).Problem(404);
        var foreign = (await netip.ImportAsync([Line(SomeEmail(), system: "vault")], "", "*", "!vault")).Ok();
        Assert.Equal((0, 1), ((int)foreign["accepted"]!, (int)foreign["rejected"]!));
    }

    [Fact]
    public async Task A_trigger_told_while_an_import_runs_is_in_every_plan()
    {
        var bg = await OfAsync(installation, "bg-network-services");
        var (email, customer) = (SomeEmail(), Some("k"));
        await bg.TellAsync("service-ended", "2026-03-01T00:00:00Z", "customer", customer);
        string[] lines = [.. Enumerable.Range(0, 6_000).Select(_ => Holding(email, "crm", "service-usage", "operation", "2026-01-01T00:00:00Z", customer, Some("ref")).ToJsonString())];

        var import = bg.ImportAsync(lines);
        await bg.TellAsync("fully-paid", "2026-04-01T00:00:00Z", "customer", customer);
        Assert.Equal(6_000, (int)(await import).Ok()["accepted"]!);

        await Until.TrueAsync(async () => await DueAsync(customer) == 6_000, withinSeconds: 60);
    }

    private static string Line(string email, string system = "crm", string category = "name", string purpose = "delivery", string? reference = null, string? recordedAt = null) =>
        Holding(email, system, category, purpose, recordedAt, null, reference ?? Some("ref")).ToJsonString();

    private static async Task<int> CountAsync(Case at, string email)
    {
        var count = 0;
        for (string? after = ""; after is not null;)
        {
            var page = (await at.PostAsync($"holdings/search?limit=100{after}", new JsonObject { ["subject"] = Subject(email) })).Ok();
            count += page["items"]!.AsArray().Count;
            after = (string?)page["next"] is { } next ? "&after=" + next : null;
        }
        return count;
    }

    private async Task<long> DueAsync(string customer)
    {
        await using var database = new Npgsql.NpgsqlConnection(installation.Database);
        await database.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new Npgsql.NpgsqlCommand("select count(*) from holding where customer = $1 and due_at = '2026-04-01T00:00:00Z'", database) { Parameters = { new() { Value = customer } } };
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Sends the beginning of a chunked body, and no more; disposing of it cuts the connection in the middle of a chunk.</summary>
    private async Task<TcpClient> SendAsync(string path, string body, ServiceProcess? replica = null)
    {
        var service = replica ?? await installation.ServiceAsync();
        var client = new TcpClient();
        await client.ConnectAsync(service.Http.BaseAddress!.Host, service.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var bytes = Encoding.UTF8.GetBytes(body);
        var head = $"POST {path} HTTP/1.1\r\nHost: retention\r\nAuthorization: Bearer {installation.Token("system")}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n{bytes.Length + 1_000:x}\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(bytes, TestContext.Current.CancellationToken);
        return client;
    }
}
