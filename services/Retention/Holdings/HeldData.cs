using System.Text.Json.Serialization;

namespace Integritet.Retention.Holdings;

/// <summary>What a system of record holds about somebody, as it registered it: names and pseudonyms, nothing of the data itself.</summary>
/// <param name="Subject">Pseudonym.</param>
/// <param name="System">The system of record.</param>
/// <param name="Reference">The system's own opaque id of it; with the system, the key.</param>
/// <param name="Categories">At least one, each once, in order of name.</param>
/// <param name="Purposes">At least one, each once, in order of name: what it is held for.</param>
/// <param name="RecordedAt">When the system recorded it: periods count from here. Whole microseconds.</param>
public sealed record HeldData(string Subject, string System, string Reference, IReadOnlyList<string> Categories, IReadOnlyList<string> Purposes, DateTimeOffset RecordedAt)
{
    /// <summary>The business customer on whose behalf it is held: an id of the caller's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Customer { get; init; }

    /// <summary>Mail that belongs to a case (NI-7).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Relevant { get; init; }

    /// <summary>About a device that the customer owns (BG-10).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool CustomerOwned { get; init; }

    /// <summary>Controlled by a customer, not by the controller (AL-1).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool CustomerControlled { get; init; }

    /// <summary>The attributes that are true, as policies name them.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Attributes => (Relevant, CustomerOwned, CustomerControlled) switch
    {
        (false, false, false) => [],
        _ => [.. Named("relevant", Relevant), .. Named("customer-owned", CustomerOwned), .. Named("customer-controlled", CustomerControlled)],
    };

    /// <summary>Whether another registration under the same key says the same; one that left out when it was recorded says nothing about that.</summary>
    public bool SaysTheSameAs(HeldData other, bool recordedAtGiven) =>
        Subject == other.Subject && Customer == other.Customer && (Relevant, CustomerOwned, CustomerControlled) == (other.Relevant, other.CustomerOwned, other.CustomerControlled)
        && (!recordedAtGiven || RecordedAt == other.RecordedAt)
        && Categories.SequenceEqual(other.Categories, StringComparer.Ordinal) && Purposes.SequenceEqual(other.Purposes, StringComparer.Ordinal);

    private static IEnumerable<string> Named(string name, bool isTrue) => isTrue ? [name] : [];
}
