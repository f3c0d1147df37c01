using System.Diagnostics;

namespace Integritet.Servers;

/// <summary>The script that starts and stops private servers: the same one that a local installation uses.</summary>
internal static class LocalServer
{
    private static readonly string Script = Path.Combine(RepositoryRoot(), "deploy", "local", "server");

    public static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Script, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{Script} did not start");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{Script} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors}");
    }

    public static string NewDirectory(string kind) => Path.Combine(Path.GetTempPath(), $"integritet-{kind}-{Guid.CreateVersion7():n}");

    private static string RepositoryRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Microservices.sln")))
                return directory.FullName;
        }

        throw new InvalidOperationException("Microservices.sln is in no parent folder.");
    }
}
