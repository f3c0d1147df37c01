using Integritet.Contracts;
using Integritet.Platform.Messaging;

namespace Integritet.Consent.Integration;

/// <summary>What the Disclosure service has told, kept as an event of this one: a decision knows it from its commit here.</summary>
/// <param name="SourceStream">The stream there whose state it is.</param>
/// <param name="SourceVersion">The version of that stream.</param>
public abstract record ToldByDisclosure(string SourceStream, long SourceVersion) : IReceivedFact
{
    /// <summary>Name of that service.</summary>
    public const string Source = "disclosure";

    /// <summary>The stream that keeps a message here, and the event it is kept as. Things that never change, or don't change each other, are kept apart: each is then taken whenever it comes.</summary>
    public static (string Stream, ToldByDisclosure Fact) Of(IStateMessage message) => message switch
    {
        RecipientRegistered m => ($"received-recipient-{m.RecipientId}", new Recipients.RecipientReceived(m.SourceStream, m.SourceVersion, m.RecipientId, m.Kind, m.Country, m.Safeguard)),
        AgreementRegistered m => (
            $"received-agreement-{m.AgreementId}", new Recipients.AgreementReceived(m.SourceStream, m.SourceVersion, m.AgreementId, m.RecipientId, m.RecipientKind, m.Type, m.SignedAt, m.ExpiresAt)),
        AccessRightGranted m => (
            $"received-access-right-{m.AccessRightId}",
            new Recipients.AccessRightReceived(m.SourceStream, m.SourceVersion, m.AccessRightId, m.RecipientId, m.RecipientKind, m.Categories, m.ValidFrom, m.ValidTo)),
        CaseChanged m => ($"received-case-{m.CaseId}", new Cases.CaseReceived(m.SourceStream, m.SourceVersion, m.CaseId, m.Reference, m.Kind, m.Open, m.Limited)),
        CaseSubjectsAdded m => (
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"received-case-subjects-{m.CaseId}-{m.SourceVersion}"),
            new Cases.CaseSubjectsReceived(m.SourceStream, m.SourceVersion, m.CaseId, m.Pseudonyms)),
        _ => throw new ArgumentException($"Disclosure does not tell {message.GetType().Name}.", nameof(message)),
    };
}
