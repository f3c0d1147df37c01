using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Retention.Holdings;

/// <summary>A holding as a system of record sends it, by itself or as a line of an import.</summary>
public sealed record HoldingBody(
    NamedSubject Subject, string System, IReadOnlyList<string> Categories, IReadOnlyList<string> Purposes, string Reference,
    DateTimeOffset? RecordedAt = null, string? Customer = null, HoldingAttributes? Attributes = null)
{
    // timestamptz keeps microseconds.
    private const long TicksPerMicrosecond = 10;

    /// <summary>What is stored of it; null with a fault where the subject is none.</summary>
    public HeldData? ToHeld(string controller, Pseudonyms pseudonyms, DateTimeOffset now, List<ProblemError> faults)
    {
        if (Subject.PseudonymAt(controller, pseudonyms, "/subject", faults) is not { } subject)
            return null;
        var recordedAt = RecordedAt ?? now;
        return new HeldData(subject, System, Reference, InOrder(Categories), InOrder(Purposes), recordedAt.AddTicks(-(recordedAt.Ticks % TicksPerMicrosecond)))
        {
            Customer = Customer, Relevant = Attributes?.Relevant ?? false, CustomerOwned = Attributes?.CustomerOwned ?? false, CustomerControlled = Attributes?.CustomerControlled ?? false,
        };
    }

    private static string[] InOrder(IReadOnlyList<string> names) => names.Count == 1 ? [names[0]] : [.. names.Order(StringComparer.Ordinal)];
}

/// <summary>What a system says of a holding beside its categories; what is absent is false.</summary>
public sealed record HoldingAttributes(bool? Relevant = null, bool? CustomerOwned = null, bool? CustomerControlled = null);
