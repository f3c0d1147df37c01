using System.Collections.Immutable;
using System.Globalization;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Disclosure.Cases;

/// <summary>Whom a case covers: how many there may be, and how they come into events.</summary>
internal static class CaseSubjects
{
    /// <summary>Of one case (clauses.md, Rulings).</summary>
    public const int Most = 10_000;

    /// <summary>Of one event, and so of one message.</summary>
    private const int MostTogether = 1_000;

    private const int MostFaults = 100;

    /// <summary>The events by which a case covers these people too; none for those whom it covers already.</summary>
    public static IEnumerable<CaseEvent> Added(Guid caseId, IEnumerable<string> pseudonyms, ImmutableHashSet<string> already) =>
        pseudonyms.Distinct(StringComparer.Ordinal).Where(p => !already.Contains(p)).Chunk(MostTogether).Select(some => new CaseEvent.SubjectsAdded(caseId, some));

    /// <summary>Their pseudonyms, in order. Throws a 422 that points at each that is no identifier.</summary>
    public static List<string> PseudonymsOf(IEnumerable<NamedSubject> subjects, string controller, Pseudonyms pseudonyms, string pointer)
    {
        var faults = new List<ProblemError>();
        var named = new List<string>();
        foreach (var (place, subject) in subjects.Index())
        {
            if (subject.PseudonymAt(controller, pseudonyms, $"{pointer}/{place.ToString(CultureInfo.InvariantCulture)}", faults) is { } pseudonym)
                named.Add(pseudonym);
            if (faults.Count >= MostFaults)
                break;
        }
        return faults.Count == 0 ? named : throw new ProblemException(Problems.Unprocessable("Some subjects cannot be named so; none is stored.", [.. faults]));
    }
}
