using System.Net;
using System.Text.Json;
using Integritet.Gateway.ApiKeys;

namespace Integritet.Gateway.Tests;

public sealed class BootstrapCredentialsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_file_is_for_its_owner_alone_and_a_second_run_keeps_it()
    {
        await using var installation = await Installation.CreateAsync(postgres);
        var first = await File.ReadAllTextAsync(installation.CredentialsFile, TestContext.Current.CancellationToken);

        await installation.BootstrapAsync();

        Assert.Equal(first, await File.ReadAllTextAsync(installation.CredentialsFile, TestContext.Current.CancellationToken));
        Assert.Equal(7, (await installation.EventsAsync("api-key-created.v1")).Count);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(installation.CredentialsFile));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(installation.CredentialsFile)!, "credentials.json*"));
    }

    [Fact]
    public async Task The_seven_keys_are_of_seven_persons_and_valid_for_every_controller()
    {
        await using var installation = await Installation.CreateAsync(postgres);
        var keys = await installation.EventsAsync("api-key-created.v1");

        Assert.Equal(7, keys.Select(key => key.Data.GetProperty("person").GetString()).Distinct().Count());
        Assert.All(keys, key => Assert.Equal(["*"], key.Data.GetProperty("controllers").EnumerateArray().Select(c => c.GetString()!)));
        var file = JsonDocument.Parse(await File.ReadAllTextAsync(installation.CredentialsFile, TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(["url", "system", "system2", "officer", "officer2", "auditor", "operator", "operator2"], file.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task A_run_that_was_cut_off_after_the_file_is_completed_by_the_next()
    {
        await using var installation = await Installation.CreateAsync(postgres);
        var fresh = await postgres.CreateDatabaseAsync();
        await using var later = await Installation.CreateAsync(fresh);
        File.Copy(installation.CredentialsFile, later.CredentialsFile, overwrite: true);

        var keys = await later.BootstrapAsync();
        var replica = later.StartReplica();

        Assert.Equal(installation.Keys, keys);
        Assert.Equal(HttpStatusCode.OK, (await replica.CallAsync(keys.Operator, HttpMethod.Get, "/v1/api-keys")).Status);
    }

    [Fact]
    public async Task Two_runs_at_once_agree()
    {
        await using var installation = await Installation.CreateAsync(postgres);
        File.Delete(installation.CredentialsFile);

        var both = await Task.WhenAll(Task.Run(installation.BootstrapAsync), Task.Run(installation.BootstrapAsync));

        Assert.Equal(both[0], both[1]);
        Assert.Equal(14, (await installation.EventsAsync("api-key-created.v1")).Count);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"url":"http://127.0.0.1:8080","system":"x","system2":"x","officer":"x","officer2":"x","auditor":"x","operator":"x","operator2":"x"}""")]
    public async Task A_file_that_holds_something_else_is_left_alone_and_said_to_be(string content)
    {
        await using var installation = await Installation.CreateAsync(postgres);
        await File.WriteAllTextAsync(installation.CredentialsFile, content, TestContext.Current.CancellationToken);

        var exitCode = await BootstrapCredentials.RunAsync(
            [$"--Gateway:CredentialsFile={installation.CredentialsFile}", $"--EventStore:ConnectionString={installation.ConnectionString}", "--Gateway:PublicUrl=http://127.0.0.1:8080"]);

        Assert.Equal(1, exitCode);
        Assert.Equal(content, await File.ReadAllTextAsync(installation.CredentialsFile, TestContext.Current.CancellationToken));
    }
}
