using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Integritet.Servers;

namespace Integritet.SystemTests;

/// <summary>deploy/run says in one line what is wrong, and changes nothing then.</summary>
public sealed class ScriptTests(Installation installation)
{
    [Fact]
    public async Task A_port_in_use_is_said_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var state = Path.Combine(Path.GetTempPath(), $"integritet-none-{Guid.CreateVersion7():n}");

        var outcome = await installation.RunAsync("deploy/run", "--native", "--detach", "--state", state, "--port", port);
        Directory.Delete(state);

        Assert.NotEqual(0, outcome.ExitCode);
        Assert.StartsWith($"error: port {port} is in use.", Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error: no option '--colour'", "--colour")]
    [InlineData("error: --port wants a number", "--port", "red")]
    [InlineData("error: --port wants a value", "--port")]
    public async Task A_wrong_option_is_said_in_one_line(string expected, params string[] arguments)
    {
        var outcome = await installation.RunAsync("deploy/run", arguments);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.StartsWith(expected, Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_said_in_one_line()
    {
        using var place = new Place();
        place.Program("df", "echo Filesystem; echo disk 100000 98278 1722 99% /");
        var outcome = await installation.RunAsync("bash", $"PATH={place.Root}:$PATH deploy/run --native --detach --state {place.Root}/state --port {LoopbackPort.Reserve()}", []);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Equal($"error: only 1722 MB are free for {place.Root}/state: 2000 MB are needed", outcome.Error.Trim());
    }

    [Fact]
    public async Task Stopping_containers_without_an_engine_says_what_to_do()
    {
        using var place = new Place();
        place.Program("docker", "echo no engine >&2; exit 1");
        await File.WriteAllTextAsync(Path.Combine(place.Root, "mode"), "compose", TestContext.Current.CancellationToken);
        var outcome = await installation.RunAsync("bash", $"PATH={place.Root}:$PATH deploy/stop --state {place.Root}", []);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.StartsWith("error: no Docker engine with compose v2 answers", Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    /// <summary>Policies travel by message: whoever calls as soon as the script is through must find them known.</summary>
    [Fact]
    public async Task The_first_call_after_a_start_is_answered()
    {
        var (state, port) = (Path.Combine(Path.GetTempPath(), $"integritet-system-{Guid.CreateVersion7():n}"), LoopbackPort.Reserve().ToString(CultureInfo.InvariantCulture));
        try
        {
            (await installation.RunAsync("deploy/run", "--native", "--detach", "--test-clock", "--state", state, "--port", port)).ShouldSucceed();
            var credentials = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(state, "credentials.json"), TestContext.Current.CancellationToken))!;
            using var system = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            system.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)credentials["system"]!);
            Assert.Equal("refuse", (await system.PostAsync("/v1/almena/decisions", Calls.MayUse(Calls.SomeEmail(), "own-marketing"))).Text("outcome"));
        }
        finally
        {
            await installation.RunAsync("deploy/stop", "--state", state);
            await installation.RunAsync("deploy/local/server", "postgres", "remove", Path.Combine(state, "postgres"));
            await installation.RunAsync("deploy/local/server", "rabbitmq", "remove", Path.Combine(state, "rabbitmq"));
            Directory.Delete(state, recursive: true);
        }
    }

    [Fact]
    public async Task A_second_run_says_that_it_runs_already()
    {
        var outcome = await installation.RunAsync("deploy/run", "--native", "--detach", "--state", installation.State);
        outcome.ShouldSucceed();
        Assert.Contains(installation.Url.OriginalString.TrimEnd('/'), outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_and_credentials_are_readable_by_their_owner_only()
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        var files = Directory.EnumerateFiles(Path.Combine(installation.State, "secrets"), "*", SearchOption.AllDirectories).Append(Path.Combine(installation.State, "credentials.json")).ToList();
        Assert.True(files.Count > 20);
        Assert.All(files, file => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & others));
        (await installation.RunAsync("deploy/key", "officer")).ShouldSucceed();
    }

    /// <summary>A directory with programs that are found before the machine's.</summary>
    private sealed class Place : IDisposable
    {
        public string Root { get; } = Directory.CreateTempSubdirectory("integritet-place-").FullName;

        public void Program(string name, string script)
        {
            var file = Path.Combine(Root, name);
            File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        public void Dispose() => Directory.Delete(Root, recursive: true);
    }
}
