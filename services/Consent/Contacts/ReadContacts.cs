using Integritet.Consent.Registers;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Contacts;

/// <summary>One contact with its address or number, and the list of those that stand, which names nobody.</summary>
public static class ReadContacts
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/{controller}/contacts/{id:guid}", HandleAsync).RequireRoles(Roles.System, Roles.Officer)
            .WithName("contactsShow").WithSummary("One contact, with its address or number.").Produces<ContactView>();
        app.MapGet("/v1/{controller}/contacts", HandleListAsync).RequireRoles(Roles.System, Roles.Officer, Roles.Auditor)
            .WithName("contactsList").WithSummary("The contacts that stand, by pseudonym.").Produces<RegisterPages.Page<ContactView>>();
    }

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, Guid id, EventStreams streams)
    {
        var contact = await streams.LoadAsync(Contact.Aggregate, controller, id.ToString(), cancellationToken: http.RequestAborted);
        if (contact.State.Last is not { } last)
            return Problems.NotFound("There is no such contact.");
        http.NoteSubjects([last.Subject]);
        http.SetETag(contact.Version);
        return Results.Json(ContactView.Of(contact.State), JsonText.Options);
    }

    private static Task<IResult> HandleListAsync(HttpContext http, RegisterPages pages) => pages.AnswerAsync(
        http, AgreedContacts.Table, "t.contact_id, t.subject, t.kind, t.agreed_at",
        row => new ContactView(row.GetGuid(1), ContactStatus.Agreed, row.GetString(2), Enum.Parse<ContactKind>(row.GetString(3), ignoreCase: true), null, row.GetFieldValue<DateTimeOffset>(4)));
}
