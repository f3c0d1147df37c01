using System.Text.Json.Serialization;

namespace Integritet.Consent.Decisions;

/// <summary>A fact the rules looked at: nothing personal, and the event it came from. Which members a fact has follows from its kind.</summary>
/// <param name="Kind"><c>consent</c>, <c>link</c>, …: the name its source gives it.</param>
/// <param name="EventId">The event it came from.</param>
public sealed record DecisionFact(string Kind, Guid EventId)
{
    /// <summary>The purpose consented to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Purpose { get; init; }

    /// <summary>Id of the thing in its register.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    /// <summary>What kind of thing it is: role of a relation, type of an agreement, kind of a case.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>How it stood.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? State { get; init; }

    /// <summary>Since when.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? Since { get; init; }

    /// <summary>The categories it is limited to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>Whether both say the same.</summary>
    public bool SaysTheSameAs(DecisionFact other) =>
        this with { Categories = null } == other with { Categories = null } && (Categories ?? []).SequenceEqual(other.Categories ?? [], StringComparer.Ordinal);
}
