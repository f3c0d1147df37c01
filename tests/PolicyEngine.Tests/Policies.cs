using System.Collections.Concurrent;
using System.Text;
using Integritet.Platform.PolicyEngine;

namespace Integritet.PolicyEngine.Tests;

/// <summary>The shipped policies, found beside the solution.</summary>
internal static class Policies
{
    private static readonly ConcurrentDictionary<string, CompiledPolicy> All = new(StringComparer.Ordinal);

    public static string Directory { get; } = Path.Combine(RepositoryRoot(), "deploy", "policies");

    public static string[] Controllers { get; } = [.. System.IO.Directory.GetFiles(Directory, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    public static byte[] Bytes(string controller) => File.ReadAllBytes(Path.Combine(Directory, controller + ".yaml"));

    public static CompiledPolicy Compiled(string controller) => All.GetOrAdd(controller, static c => CompiledPolicy.Compile(Parsed(Bytes(c))));

    public static PolicyDocument Document(string controller) => Compiled(controller).Document;

    public static PolicyDocument Parsed(string yaml) => Parsed(Encoding.UTF8.GetBytes(yaml));

    public static PolicyDocument Parsed(byte[] utf8) => PolicyParser.Parse(utf8) switch
    {
        PolicyParseResult.Parsed parsed => parsed.Document,
        PolicyParseResult.Faulty faulty => throw new InvalidOperationException(string.Join('\n', faulty.Problems)),
        var other => throw new InvalidOperationException(other.ToString()),
    };

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Microservices.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("Microservices.sln is not above the test.");
        return directory.FullName;
    }
}
