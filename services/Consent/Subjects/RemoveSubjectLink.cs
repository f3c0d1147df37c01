using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Subjects;

/// <summary>Identifiers are not one person's after all, or no longer: what only this link joined is apart from here on.</summary>
public static class RemoveSubjectLink
{
    public static Decided Decide(SubjectLink state) => state switch
    {
        { Recorded: null } => Decided.Refuse(Problems.NotFound("There is no such link.")),
        { Stands: false } => Decided.Accept(StatusCodes.Status200OK),
        { Recorded: var link } => Decided.Accept(StatusCodes.Status200OK, new SubjectLinkEvent.Removed(link.LinkId, link.Subjects)),
    };

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/subjects/links/{id:guid}/removal", HandleAsync).RequireRoles(Roles.System)
            .WithName("subjectsUnlink").WithSummary("Takes a link away.").Produces<SubjectLinkView>();

    private static Task<IResult> HandleAsync(HttpContext http, Guid id, Commands commands) =>
        Removal.RunAsync(http, commands, SubjectLink.Aggregate, id, Decide, link => link.Recorded?.Subjects ?? [], SubjectLinkView.Of);
}
