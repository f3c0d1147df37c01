using System.Xml.Linq;
using Integritet.Servers;

namespace Integritet.ArchitectureTests;

/// <summary>Dependencies point one way: service to Platform and Contracts.</summary>
public sealed class DependencyTests
{
    [Fact]
    public void Services_and_the_gateway_reference_only_Platform_and_Contracts()
    {
        var projects = Parts.ProjectsUnder("services").Concat(Parts.ProjectsUnder("gateway")).Where(project => !IsUnder(project, "services/Platform") && !IsUnder(project, "services/Contracts")).ToList();
        Assert.True(projects.Count >= 4);
        Assert.Empty(from project in projects
                     from reference in Parts.ReferencesOf(project)
                     where !IsUnder(reference, "services/Platform") && !IsUnder(reference, "services/Contracts")
                     select $"{Parts.Relative(project)} references {Parts.Relative(reference)}");
    }

    [Fact]
    public void Platform_references_no_service()
    {
        var projects = Parts.ProjectsUnder("services", "Platform").ToList();
        Assert.True(projects.Count >= 5);
        Assert.Empty(from project in projects
                     from reference in Parts.ReferencesOf(project)
                     where !IsUnder(reference, "services/Platform") && !IsUnder(reference, "services/Contracts")
                     select $"{Parts.Relative(project)} references {Parts.Relative(reference)}");
    }

    [Fact]
    public void Contracts_has_no_reference_at_all()
    {
        var project = XDocument.Load(Assert.Single(Parts.ProjectsUnder("services", "Contracts")));
        Assert.DoesNotContain(project.Descendants(), element => element.Name.LocalName is "PackageReference" or "ProjectReference" or "FrameworkReference");
    }

    [Fact]
    public void Only_the_folders_of_the_map_are_at_the_top()
    {
        string[] wanted =
        [
            ".ci", ".dockerignore", ".editorconfig", ".git", ".gitignore", "BannedSymbols.txt", "Directory.Build.props", "Directory.Packages.props", "Dockerfile", "Microservices.sln", "README.md",
            "deploy", "docker-compose.yml", "gateway", "global.json", "services", "tests",
        ];
        // What tools leave behind and .gitignore names is not the repository's.
        string[] ignored = [".local", ".vs", ".idea", "TestResults", "BenchmarkDotNet.Artifacts", "node_modules"];
        var there = Directory.EnumerateFileSystemEntries(Repository.Root).Select(Path.GetFileName).Except(ignored, StringComparer.Ordinal);
        Assert.All(there, name => Assert.Contains(name, wanted));
    }

    [Fact]
    public void What_runs_locally_is_what_runs_in_containers()
    {
        var native = File.ReadLines(Parts.PathOf("deploy", "local", "services")).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var compose = File.ReadAllText(Parts.PathOf("docker-compose.yml"));
        var solution = File.ReadAllText(Parts.PathOf("deploy", "services.slnf"));
        var dockerfile = File.ReadAllText(Parts.PathOf("Dockerfile"));
        Assert.Equal(Parts.Services.Order(StringComparer.Ordinal), native.Select(service => service[2]).Order(StringComparer.Ordinal));
        foreach (var service in native)
        {
            Assert.Contains($"PROJECT: {service[1]}, ASSEMBLY: {service[2]},", compose, StringComparison.Ordinal);
            Assert.Contains($"{service[1]}/{service[2]}.csproj", solution, StringComparison.Ordinal);
            Assert.Contains($"/secrets/{service[0]} ", dockerfile, StringComparison.Ordinal);
        }
    }

    private static bool IsUnder(string path, string folder) => Parts.Relative(path).StartsWith(folder + "/", StringComparison.Ordinal);
}
