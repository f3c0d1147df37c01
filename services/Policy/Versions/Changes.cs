using System.Globalization;
using System.Text;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Policy.Versions;

/// <summary>A purpose whose consents must be asked for again.</summary>
/// <param name="Purpose">The purpose.</param>
/// <param name="Because">Every change that makes it so.</param>
public sealed record AskAgain(string Purpose, IReadOnlyList<AskAgain.Change> Because)
{
    /// <param name="Kind">What has changed.</param>
    /// <param name="Detail">A sentence for the officer.</param>
    public sealed record Change(MaterialChangeKind Kind, string Detail);

    /// <summary>By purpose.</summary>
    public static IReadOnlyList<AskAgain> Of(IEnumerable<MaterialChange> changes) =>
        [.. changes.GroupBy(change => change.Purpose, StringComparer.Ordinal).Select(of => new AskAgain(of.Key, [.. of.Select(change => new Change(change.Kind, change.Detail))]))];
}

/// <summary>What a version changes about consents given under the one published before it.</summary>
public sealed class Changes(VersionList versions, EventStreams streams)
{
    /// <summary>The purposes to ask about again; null where no version was published before this one.</summary>
    public async Task<IReadOnlyList<AskAgain>?> AskAgainAsync(string controller, PolicyVersion version, CancellationToken cancel)
    {
        if (await versions.PublishedBeforeAsync(controller, version.Version, cancel) is not { } before)
            return null;
        var loaded = await streams.LoadAsync(PolicyVersion.Aggregate, controller, before.Version.ToString(CultureInfo.InvariantCulture), cancellationToken: cancel);
        return AskAgain.Of(MaterialChanges.Between(Parsed(loaded.State.Document), Parsed(version.Document)));
    }

    // What is stored was read before it was stored.
    private static PolicyDocument Parsed(string document) => ((PolicyParseResult.Parsed)PolicyParser.Parse(Encoding.UTF8.GetBytes(document))).Document;
}
