using System.IO.Enumeration;
using System.Reflection;
using System.Xml.Linq;
using Integritet.Platform.EventStore;
using Integritet.Servers;

namespace Integritet.ArchitectureTests;

/// <summary>The parts of the system as they are built.</summary>
internal static class Parts
{
    /// <summary>Everything that runs and has an event store.</summary>
    public static readonly string[] Services = ["Integritet.Policy", "Integritet.Consent", "Integritet.Disclosure", "Integritet.Audit", "Integritet.Retention", "Integritet.Gateway"];

    /// <summary>Parts of Platform with stored events of their own, which services store beside theirs.</summary>
    public static readonly string[] PlatformWithEvents = ["Integritet.Platform.Policies"];

    public static string PathOf(params string[] parts) => Path.Combine([Repository.Root, .. parts]);

    /// <summary>Own source files, without what a build made.</summary>
    public static IEnumerable<string> SourceFiles(params string[] folders) =>
        folders.SelectMany(folder => OwnFiles(PathOf(folder), ".cs"));

    public static IEnumerable<string> ProjectsUnder(params string[] folder) => OwnFiles(PathOf(folder), ".csproj");

    /// <summary>What a project references, as full paths.</summary>
    public static IEnumerable<string> ReferencesOf(string project) =>
        XDocument.Load(project).Descendants("ProjectReference").Select(reference => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, reference.Attribute("Include")!.Value)));

    /// <summary>Every pinned name with its type and the service, or the part of Platform, that it belongs to.</summary>
    public static IEnumerable<(string Service, string Name, Type Type)> StoredEvents() =>
        from service in Services.Concat(PlatformWithEvents)
        from type in Assembly.Load(service).GetTypes()
        let attribute = type.GetCustomAttribute<StoredEventAttribute>(inherit: false)
        where attribute is not null
        select (service, attribute.Name, type);

    public static string Relative(string path) => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');

    // What is built meanwhile comes and goes: it is not looked into.
    private static FileSystemEnumerable<string> OwnFiles(string folder, string extension) =>
        new(folder, (ref FileSystemEntry entry) => entry.ToFullPath(), new EnumerationOptions { RecurseSubdirectories = true })
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => entry.FileName is not ("bin" or "obj" or ".local"),
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && entry.FileName.EndsWith(extension, StringComparison.Ordinal),
        };
}
