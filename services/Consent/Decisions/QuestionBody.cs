using System.Text.Json;
using Integritet.Consent.Networks;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Decisions;

/// <summary>A question as a caller sends it (api.md).</summary>
public sealed record QuestionBody(
    string Operation, string? Purpose = null, IReadOnlyList<string>? Categories = null, NamedSubject? Subject = null, bool Anonymised = false, string? Source = null,
    string? LawfulSource = null, string? Case = null, QuestionBody.ActorBody? Actor = null, QuestionBody.ContextBody? Context = null,
    QuestionBody.ExceptionBody? Exception = null, DateTimeOffset? At = null)
{
    private static readonly Dictionary<string, Operation> Operations =
        Enum.GetValues<Operation>().ToDictionary(o => JsonNamingPolicy.KebabCaseLower.ConvertName(o.ToString()), StringComparer.Ordinal);

    public sealed record ActorBody(string Kind, string? Id = null, NamedSubject? Subject = null, string? Address = null, bool Encrypted = false);

    public sealed record ContextBody(
        string? Country = null, string? To = null, string? From = null, string? Account = null, string? Customer = null, bool CustomerControlled = false,
        IReadOnlyList<string>? NetworkAllows = null, string? Destination = null, bool AboutAuthorisedUser = false);

    public sealed record ExceptionBody(string Ground, string? Reference = null);

    /// <summary>The question without anything that names a person; null, with a fault for each, where it cannot be read so. <paramref name="pointer"/> is the question's place in the request.</summary>
    public RecordedQuestion? Normalise(string controller, Pseudonyms pseudonyms, string pointer, List<ProblemError> faults)
    {
        var before = faults.Count;
        if (!Operations.TryGetValue(Operation, out var operation))
            faults.Add(new ProblemError($"An operation is one of {string.Join(", ", Operations.Keys)}.", $"{pointer}/operation"));
        if (Context is { To: not null, From: not null })
            faults.Add(new ProblemError("A message goes to somebody or comes from somebody: ask about one at a time.", $"{pointer}/context/from"));
        var question = new RecordedQuestion(operation)
        {
            Purpose = Purpose,
            Categories = Categories ?? [],
            Subject = Subject?.PseudonymAt(controller, pseudonyms, $"{pointer}/subject", faults),
            Anonymised = Anonymised,
            Source = Source,
            LawfulSource = Stated(LawfulSource),
            Case = Case,
            Actor = Normalise(Actor, controller, pseudonyms, $"{pointer}/actor", faults),
            Context = Normalise(Context, controller, pseudonyms),
            Exception = Exception is null ? null : new ClaimedException(Exception.Ground) { Reference = Stated(Exception.Reference) },
        };
        return faults.Count == before ? question : null;
    }

    private static Actor? Normalise(ActorBody? actor, string controller, Pseudonyms pseudonyms, string pointer, List<ProblemError> faults)
    {
        if (actor is null)
            return null;
        var address = actor.Address is null ? null : AddressRange.ParseAddress(actor.Address);
        if (actor.Address is not null && address is null)
            faults.Add(new ProblemError("A network address is an IPv4 or IPv6 address.", $"{pointer}/address"));
        return new Actor(actor.Kind, actor.Encrypted)
        {
            Id = actor.Id,
            Subject = actor.Subject?.PseudonymAt(controller, pseudonyms, $"{pointer}/subject", faults),
            Address = address is null ? null : Hidden($"address {address}", controller, pseudonyms),
            NetworkAddress = address?.ToString(),
        };
    }

    private static Circumstances? Normalise(ContextBody? context, string controller, Pseudonyms pseudonyms) => context is null ? null : new Circumstances
    {
        Country = context.Country,
        To = Contact(context.To, controller, pseudonyms),
        From = Contact(context.From, controller, pseudonyms),
        Account = context.Account is null ? null : Hidden(context.Account, controller, pseudonyms),
        Customer = context.Customer,
        CustomerControlled = context.CustomerControlled,
        NetworkAllows = context.NetworkAllows ?? [],
        Destination = context.Destination,
        AboutAuthorisedUser = context.AboutAuthorisedUser,
    };

    // An address or number gets the pseudonym it has as a subject's identifier. What is neither (a forged sender, say) is hidden all the same.
    private static string? Contact(string? value, string controller, Pseudonyms pseudonyms) =>
        value is null ? null
        : SubjectId.TryParse("email", value, out var email, out _) ? pseudonyms.Of(controller, email)
        : SubjectId.TryParse("phone", value, out var phone, out _) ? pseudonyms.Of(controller, phone)
        : Hidden(value, controller, pseudonyms);

    private static string? Hidden(string value, string controller, Pseudonyms pseudonyms) =>
        SubjectId.TryParse("account", value, out var account, out _) ? pseudonyms.Of(controller, account) : "unreadable";

    private static string? Stated(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
