using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.EventStore;

namespace Integritet.ArchitectureTests;

/// <summary>A service that finds another SQL under the version its table was filled by does not start: whoever changes a read model raises its version, and an installation rebuilds it.</summary>
public sealed class ProjectionTests
{
    private static string Pinned => Parts.PathOf("tests", "Architecture.Tests", "Golden", "projections.txt");

    [Fact]
    public void The_SQL_of_a_read_model_changes_with_its_version_only()
    {
        var pinned = File.ReadAllLines(Pinned);
        var now = Projections().Select(Line).Order(StringComparer.Ordinal).ToList();
        Assert.True(now.Count > 20);
        Assert.True(pinned.SequenceEqual(now, StringComparer.Ordinal), $"Raise the version of what changed, then put these lines into {Parts.Relative(Pinned)}:\n{string.Join('\n', now.Except(pinned, StringComparer.Ordinal))}");
    }

    private static IEnumerable<(string Part, InlineProjection Projection)> Projections() =>
        from part in Parts.Services.Concat(Parts.PlatformWithEvents)
        from type in Assembly.Load(part).GetTypes()
        from property in type.GetProperties(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        where property.PropertyType == typeof(InlineProjection)
        select (part, (InlineProjection)property.GetValue(null)!);

    private static string Line((string Part, InlineProjection Projection) of)
    {
        var (part, projection) = of;
        var sql = string.Join('\n', [projection.Table, .. projection.EventTypes, projection.CreateSql, projection.ApplySql, projection.KeySql]);
        return $"{part} {projection.Name} {projection.Version} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)))}";
    }
}
