using System.Text.Json.Serialization;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Registers;

/// <summary>From when until when an entry counts: the first instant does, the last does not.</summary>
public sealed record Validity(DateTimeOffset ValidFrom, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ValidTo)
{
    private static readonly DateTimeOffset Earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether some instant is in both.</summary>
    public bool Overlaps(Validity other) => !(ValidTo <= other.ValidFrom) && !(other.ValidTo <= ValidFrom);

    /// <summary>What is wrong with it.</summary>
    public IEnumerable<ProblemError> Faults()
    {
        if (ValidFrom < Earliest || ValidFrom > Latest)
            yield return new ProblemError($"An instant lies between {Earliest.Year} and {Latest.Year}.", "/validFrom");
        if (ValidTo < Earliest || ValidTo > Latest)
            yield return new ProblemError($"An instant lies between {Earliest.Year} and {Latest.Year}.", "/validTo");
        if (ValidTo <= ValidFrom)
            yield return new ProblemError("It ends after it has begun.", "/validTo");
    }
}
