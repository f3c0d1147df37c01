using System.Globalization;
using Npgsql;

namespace Integritet.Benchmarks;

/// <summary>
/// Processor time of this process and of a local PostgreSQL server, from <c>/proc</c>. On a machine that others use too, time per unit of work says more than work per second.
/// </summary>
public sealed class ServerCpu(int postmaster)
{
    private static readonly double TicksPerSecond = 100; // USER_HZ on Linux

    /// <summary>Finds the server behind a connection; null when it is not on this machine.</summary>
    public static async Task<ServerCpu?> OfAsync(NpgsqlDataSource dataSource)
    {
        await using var command = dataSource.CreateCommand("select pg_backend_pid()");
        var backend = (int)(await command.ExecuteScalarAsync())!;
        return Stat(backend) is { Name: "postgres" } stat ? new ServerCpu(stat.Parent) : null;
    }

    /// <summary>Seconds of processor time so far: of this process, and of the server with all its processes.</summary>
    public (double Client, double Server) Read()
    {
        var own = System.Diagnostics.Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
        return (own, ReadEach().Sum(process => process.Seconds));
    }

    /// <summary>Seconds of each process of this server by process id, the postmaster's with those that have ended.</summary>
    public IEnumerable<(int Pid, double Seconds)> ReadEach() =>
        Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? Stat(pid) : null)
            .Where(stat => stat is not null && (stat.Parent == postmaster || stat.Pid == postmaster))
            .Select(stat => (stat!.Pid, (stat.Ticks + (stat.Pid == postmaster ? stat.ChildTicks : 0)) / TicksPerSecond));

    /// <summary>Seconds of processor time of one process so far; zero once it has ended.</summary>
    public static double OfProcess(int pid) => (Stat(pid)?.Ticks ?? 0) / TicksPerSecond;

    private static ProcessStat? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var name = text[(text.IndexOf('(', StringComparison.Ordinal) + 1)..text.LastIndexOf(')')];
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            long Field(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
            return new ProcessStat(pid, name, (int)Field(1), Field(11) + Field(12), Field(13) + Field(14));
        }
        catch (IOException)
        {
            return null; // ended meanwhile
        }
    }

    private sealed record ProcessStat(int Pid, string Name, int Parent, long Ticks, long ChildTicks);
}
