using System.Diagnostics;

namespace Integritet.Servers;

/// <summary>One private server, started, killed and removed by <c>deploy/local/server</c>.</summary>
internal sealed class LocalServer
{
    private static readonly string Script = Path.Combine(Repository.Root, "deploy", "local", "server");

    private readonly string _kind;
    private readonly string _directory;

    private LocalServer(string kind, string directory, string state, int port, string password)
    {
        _kind = kind;
        _directory = directory;
        State = state;
        Port = port;
        Password = password;
    }

    /// <summary>Where the server keeps its files.</summary>
    public string State { get; }

    public int Port { get; }

    public string Password { get; }

    public static async Task<LocalServer> StartAsync(string kind)
    {
        var directory = Path.Combine(Path.GetTempPath(), $"integritet-{kind}-{Guid.CreateVersion7():n}");
        var told = (await RunAsync(kind, "start", directory)).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new LocalServer(kind, directory, told[0], int.Parse(told[1], System.Globalization.CultureInfo.InvariantCulture), told[2]);
    }

    public Task KillAsync() => RunAsync(_kind, "kill", _directory);

    public Task StopAsync() => RunAsync(_kind, "stop", _directory);

    /// <summary>Starts the server again on the port it had.</summary>
    public Task StartAgainAsync() => RunAsync(_kind, "start", _directory, Port.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public Task RemoveAsync() => RunAsync(_kind, "remove", _directory);

    /// <summary>Runs the script. The servers it leaves behind hold none of its pipes, so reading to their end is safe.</summary>
    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Script, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{Script} {string.Join(' ', arguments)} failed: {await error}");
    }
}
