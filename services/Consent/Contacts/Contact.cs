using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Consent.Contacts;

/// <summary>What can happen to an address or number that was agreed on with a person.</summary>
public abstract record ContactEvent
{
    private ContactEvent() { }

    /// <summary>Messages may go there and be taken from there.</summary>
    /// <param name="Contact">Its pseudonym: what it would be as a subject's identifier.</param>
    /// <param name="Value">The address or number in its normal form; null once erased.</param>
    [StoredEvent("contact-agreed.v1")]
    public sealed record Agreed(
        Guid ContactId, [property: DataSubject] string Subject, ContactKind Kind, string Contact, [property: Personal] string? Value, DateTimeOffset AgreedAt) : ContactEvent;

    /// <summary>Not any more.</summary>
    [StoredEvent("contact-removed.v1")]
    public sealed record Removed(Guid ContactId, string Subject) : ContactEvent;
}

/// <summary>What kind of contact it is.</summary>
public enum ContactKind
{
    Email,
    Phone,
}

/// <summary>One contact, as far as commands on it need to know.</summary>
/// <param name="Last">How it was last agreed on; null where it never was.</param>
/// <param name="Stands">Whether it has not been removed since.</param>
public sealed record Contact(ContactEvent.Agreed? Last, bool Stands)
{
    /// <summary>Streams <c>contact-{id}</c>.</summary>
    public static Aggregate<Contact> Aggregate { get; } = new("contact", new Contact(null, Stands: false), Evolve);

    public static Contact Evolve(Contact state, object @event) => (state, @event) switch
    {
        (_, ContactEvent.Agreed e) => new Contact(e, Stands: true),
        ({ Stands: true }, ContactEvent.Removed) => state with { Stands = false },
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on a contact that {(state.Stands ? "stands" : "does not stand")}."),
    };
}

/// <summary>A contact as callers see it.</summary>
/// <param name="Value">Null in lists, and once it has been erased.</param>
public sealed record ContactView(Guid ContactId, ContactStatus Status, string Subject, ContactKind Kind, string? Value, DateTimeOffset AgreedAt)
{
    public static ContactView Of(Contact contact)
    {
        var last = contact.Last!;
        return new ContactView(last.ContactId, contact.Stands ? ContactStatus.Agreed : ContactStatus.Removed, last.Subject, last.Kind, last.Value, last.AgreedAt);
    }
}

/// <summary>Whether a contact stands.</summary>
public enum ContactStatus
{
    Agreed,
    Removed,
}
