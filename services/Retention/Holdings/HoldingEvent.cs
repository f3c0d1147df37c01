using System.Text.Json.Serialization;
using Integritet.Platform.EventStore;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Retention.Holdings;

/// <summary>A holding was registered by itself.</summary>
/// <param name="HoldingId">Its id.</param>
/// <param name="Generation">1, or one more than the holding of the same key that is gone.</param>
/// <param name="Data">What is held.</param>
/// <param name="Plan">What the caller was told. The plan is computed anew whenever it is asked for.</param>
/// <param name="PolicyVersion">The policy version it was checked and planned by.</param>
/// <param name="KnownTo">Position of this service's log up to which facts were taken into account.</param>
[StoredEvent("holding-registered.v1")]
public sealed record HoldingRegistered(Guid HoldingId, int Generation, HeldData Data, PlanTold Plan, int PolicyVersion, long KnownTo) : IConcernsSubjects
{
    /// <summary>Whether no run waits for it.</summary>
    [JsonIgnore]
    public bool IsInstructedAtOnce => Plan.RunAt == Data.RecordedAt;

    [JsonIgnore]
    public IReadOnlyList<string> Subjects => [Data.Subject];
}

/// <summary>Up to a thousand lines of an import, as many of them as were good. Lines that are alike are told together (<see cref="ImportedGroup"/>).</summary>
/// <param name="ImportId">The caller's name for the import.</param>
/// <param name="FromLine">First line, from 1.</param>
/// <param name="LastLine">Last line: an import that goes on begins after it.</param>
/// <param name="Repeated">Lines that said what was held already.</param>
/// <param name="Rejected">Lines that were not taken.</param>
/// <param name="PolicyVersion">The policy version they were checked and planned by.</param>
/// <param name="KnownTo">Position of this service's log up to which facts were taken into account.</param>
/// <param name="Stored">Lines that were: as many as there are holdings in the groups.</param>
/// <param name="Groups">What they say.</param>
[StoredEvent("holdings-imported.v2")]
public sealed record HoldingsImported(
    string ImportId, long FromLine, long LastLine, int Repeated, int Rejected, int PolicyVersion, long KnownTo, int Stored, IReadOnlyList<ImportedGroup> Groups) : IConcernsSubjects
{
    [JsonIgnore]
    public IReadOnlyList<string> Subjects => [.. Groups.SelectMany(g => g.Subjects).Distinct(StringComparer.Ordinal)];
}

/// <summary>The same as it was stored before lines were grouped.</summary>
[StoredEvent("holdings-imported.v1")]
public sealed record HoldingsImportedByLine(
    string ImportId, long FromLine, long LastLine, int Repeated, int Rejected, int PolicyVersion, long KnownTo, IReadOnlyList<ImportedHolding> Holdings) : IConcernsSubjects
{
    [JsonIgnore]
    public IReadOnlyList<string> Subjects => [.. Holdings.Select(h => h.Data.Subject).Distinct(StringComparer.Ordinal)];
}

/// <summary>One holding of an import.</summary>
public sealed record ImportedHolding(Guid HoldingId, int Generation, HeldData Data, PlanTold Plan);

/// <summary>A plan as it was told when the holding was registered.</summary>
/// <param name="Rule">The clause.</param>
/// <param name="DueAt">When it falls due; null while it waits.</param>
/// <param name="RunAt">The first scheduled run that takes it.</param>
/// <param name="ReviewAt">When it is looked at, while it waits.</param>
/// <param name="Act">What is instructed then.</param>
/// <param name="MoveTo">Where it moves.</param>
public sealed record PlanTold(
    string Rule,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? DueAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? RunAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ReviewAt,
    RetentionAct Act,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? MoveTo);
