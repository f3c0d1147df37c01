using System.Text.Json.Serialization;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Decisions;

/// <summary>
/// A question as it is recorded: names and pseudonyms. Addresses, accounts and people stand in it only as pseudonyms; what the caller sent in clear is gone.
/// </summary>
public sealed record RecordedQuestion(Operation Operation)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Purpose { get; init; }

    public IReadOnlyList<string> Categories { get; init; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subject { get; init; }

    public bool Anonymised { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LawfulSource { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Case { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Actor? Actor { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Circumstances? Context { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClaimedException? Exception { get; init; }

    /// <summary>Pseudonyms of the people the question concerns.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Subjects => [.. new[] { Subject, Actor?.Subject }.OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>The question as the rules see it.</summary>
    public Asked ToAsked() => new()
    {
        Operation = Operation,
        Purpose = Purpose,
        Categories = Categories,
        Anonymised = Anonymised,
        Source = Source,
        LawfulSource = LawfulSource is not null,
        SubjectNamed = Subject is not null,
        Actor = Actor?.Kind,
        Encrypted = Actor?.Encrypted ?? false,
        Country = Context?.Country,
        Destination = Context?.Destination,
        Direction = Context?.To is not null ? Direction.Outgoing : Context?.From is not null ? Direction.Incoming : Direction.None,
        Customer = Context?.Customer,
        CustomerControlled = Context?.CustomerControlled ?? false,
        NetworkAllows = Context?.NetworkAllows ?? [],
        AboutAuthorisedUser = Context?.AboutAuthorisedUser ?? false,
        Exception = Exception?.Ground,
        ExceptionReference = Exception?.Reference is not null,
    };
}

/// <summary>Who wants to do it.</summary>
public sealed record Actor(string Kind, bool Encrypted)
{
    /// <summary>Id of a recipient of record.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    /// <summary>Pseudonym.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subject { get; init; }

    /// <summary>Pseudonym of the network address.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Address { get; init; }

    /// <summary>The network address itself while the question is being answered: it is compared with the fixed list, and never stored.</summary>
    [JsonIgnore]
    public string? NetworkAddress { get; init; }
}

/// <summary>What else a rule may look at.</summary>
public sealed record Circumstances
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Country { get; init; }

    /// <summary>Pseudonym of the address or number written to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? To { get; init; }

    /// <summary>Pseudonym of the address or number a message came from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? From { get; init; }

    /// <summary>Pseudonym of the account.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Account { get; init; }

    /// <summary>The business customer whose data it is, whom a refusal names (AL-1).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Customer { get; init; }

    public bool CustomerControlled { get; init; }

    public IReadOnlyList<string> NetworkAllows { get; init; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Destination { get; init; }

    public bool AboutAuthorisedUser { get; init; }
}

/// <summary>An exception of LAW-18 that the caller relies on.</summary>
public sealed record ClaimedException(string Ground)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reference { get; init; }
}
