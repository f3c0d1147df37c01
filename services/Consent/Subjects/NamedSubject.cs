using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Consent.Subjects;

/// <summary>A person as a caller names them: never stored, turned into a pseudonym at once.</summary>
public sealed record NamedSubject(string Type, string Value)
{
    /// <summary>The pseudonym at this controller; null with a fault under <paramref name="pointer"/> where the identifier is none.</summary>
    public string? PseudonymAt(string controller, Pseudonyms pseudonyms, string pointer, List<ProblemError> faults)
    {
        if (SubjectId.TryParse(Type, Value, out var subject, out var problem))
            return pseudonyms.Of(controller, subject);
        faults.Add(new ProblemError(problem.Detail, $"{pointer}/{problem.Member}"));
        return null;
    }
}
