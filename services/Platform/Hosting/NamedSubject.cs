using Integritet.Platform.PersonalData;

namespace Integritet.Platform.Hosting;

/// <summary>A person as a caller names them (api.md): never stored, turned into a pseudonym at once.</summary>
/// <param name="Type"><c>email</c>, <c>customer-number</c>, <c>phone</c> or <c>account</c>.</param>
/// <param name="Value">The identifier.</param>
public sealed record NamedSubject(string Type, string Value)
{
    /// <summary>The pseudonym at this controller; null with a fault under <paramref name="pointer"/> where the identifier is none.</summary>
    public string? PseudonymAt(string controller, Pseudonyms pseudonyms, string pointer, ICollection<ProblemError> faults)
    {
        ArgumentNullException.ThrowIfNull(pseudonyms);
        ArgumentNullException.ThrowIfNull(faults);
        if (SubjectId.TryParse(Type, Value, out var subject, out var problem))
            return pseudonyms.Of(controller, subject);
        faults.Add(new ProblemError(problem.Detail, $"{pointer}/{problem.Member}"));
        return null;
    }
}
