using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Contacts;

/// <summary>An address or number is agreed on no longer.</summary>
public static class RemoveContact
{
    public static Decided Decide(Contact state) => state switch
    {
        { Last: null } => Decided.Refuse(Problems.NotFound("There is no such contact.")),
        { Stands: false } => Decided.Accept(StatusCodes.Status200OK),
        { Last: var last } => Decided.Accept(StatusCodes.Status200OK, new ContactEvent.Removed(last.ContactId, last.Subject)),
    };

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/contacts/{id:guid}/removal", HandleAsync).RequireRoles(Roles.System)
            .WithName("contactsRemove").WithSummary("An address or number is agreed on no longer.").Produces<ContactView>();

    private static Task<IResult> HandleAsync(HttpContext http, Guid id, Commands commands) =>
        Removal.RunAsync(http, commands, Contact.Aggregate, id, Decide, contact => contact.Last is { } last ? [last.Subject] : [], ContactView.Of);
}
