using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Integritet.Retention.Holdings;
using Integritet.Retention.Plans;

namespace Integritet.Retention.Imports;

/// <summary>Stores one part of an import after the other: each is one event, so what was stored stays stored whatever becomes of the rest.</summary>
public sealed class HoldingImporter(FactReader reader, EventStreams streams)
{
    /// <summary>Most lines in one event.</summary>
    public const int MaxLines = 1_000;

    /// <summary>Most bytes of lines in one event.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int MaxAttempts = 5;

    /// <summary>Stores what is good of a part. Throws <see cref="EventStoreUnavailableException"/> when the outcome could not be had: the lines may then be sent again.</summary>
    public async Task<ChunkDecision> StoreAsync(string controller, string importId, IReadOnlyList<ImportLine> lines, long lastLine, PolicyVersion policy, EventMetadata metadata)
    {
        HeldData[] good = [.. lines.Where(line => line.Faults.Count == 0).Select(line => line.Data!)];
        for (var attempt = 1; ; attempt++)
        {
            var (facts, held) = await reader.ReadWithHeldAsync(controller, good, CancellationToken.None);
            var decision = ChunkDecision.Of(lines, facts, held, policy, Guid.CreateVersion7);
            if (decision.Stored.Count == 0)
                return decision;
            var imported = new HoldingsImported(
                importId, lines[0].Number, lastLine, decision.Repeated, decision.Problems.Count, policy.Version, facts.Position, decision.Stored.Count, ImportedGroup.Of(decision.Stored));
            try
            {
                // Once begun, a part is stored whether or not its sender still waits.
                await streams.AppendAsync(
                    controller, $"holding-import-{importId}", ExpectedVersion.Any, [imported], metadata,
                    new AppendOptions { StreamType = "holding-import", Priority = AppendPriority.Bulk }, CancellationToken.None);
                return decision;
            }
            catch (EventStoreRejectedException) when (attempt < MaxAttempts)
            {
                // Somebody registered one of the keys in between: they are read again.
            }
        }
    }
}
