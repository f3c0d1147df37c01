using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Subjects;

/// <summary>The links that stand, now or as of an instant.</summary>
public static class ListSubjectLinks
{
    private const string Source =
        "(select tenant_id, link_id, position, removed_position, array_agg(subject order by subject) as subjects from subject_link group by tenant_id, link_id, position, removed_position)";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/subjects/links", HandleAsync).RequireRoles(Roles.System, Roles.Officer, Roles.Auditor)
            .WithName("subjectsLinks").WithSummary("The links that stand: pseudonyms of one person each.").Produces<RegisterPages.Page<SubjectLinkView>>();

    private static Task<IResult> HandleAsync(HttpContext http, RegisterPages pages) => pages.AnswerAsync(
        http, Source, "t.link_id, t.subjects", row => new SubjectLinkView(row.GetGuid(1), LinkStatus.Linked, row.GetFieldValue<string[]>(2)));
}
