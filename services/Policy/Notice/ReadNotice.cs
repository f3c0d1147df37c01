using System.Globalization;
using System.Text;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PolicyEngine;
using Integritet.Policy.Versions;
using Microsoft.Net.Http.Headers;

namespace Integritet.Policy.Notice;

/// <summary><c>GET /v1/{controller}/policies/{version}/notice?lang=</c>: the public notice of a published version, as HTML or, by <c>Accept: text/markdown</c>, as Markdown. Drafts are nobody's business.</summary>
public static class ReadNotice
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/{controller}/policies/{version:int:min(1)}/notice", OneAsync).AllowAnonymous().WithName("getNotice").WithSummary("The public notice of a policy version.");
        routes.MapGet("/v1/{controller}/policies/in-force/notice", InForceAsync).AllowAnonymous().WithName("getNoticeInForce").WithSummary("The public notice of the policy version in force.");
    }

    private static Task<IResult> OneAsync(HttpContext http, int version, EventStreams streams) => AnswerAsync(http, version, streams);

    private static async Task<IResult> InForceAsync(HttpContext http, VersionList versions, EventStreams streams, TimeProvider time) =>
        await versions.InForceAsync(http.Controller(), time.GetUtcNow(), http.RequestAborted) is { } row ? await AnswerAsync(http, row.Version, streams) : Problems.NotFound();

    private static async Task<IResult> AnswerAsync(HttpContext http, int version, EventStreams streams)
    {
        var loaded = await streams.LoadAsync(PolicyVersion.Aggregate, http.Controller(), version.ToString(CultureInfo.InvariantCulture), cancellationToken: http.RequestAborted);
        if (loaded.State is not { PublishedAt: { } publishedAt, EffectiveFrom: { } effectiveFrom, Document: var document })
            return Problems.NotFound();
        var policy = ((PolicyParseResult.Parsed)PolicyParser.Parse(Encoding.UTF8.GetBytes(document))).Document;
        var asked = http.Request.Query["lang"].ToString();
        var language = asked.Length == 0 ? policy.Controller.Languages[0] : asked;
        if (!policy.Controller.Languages.Contains(language, StringComparer.Ordinal))
            return Problems.Malformed("The notice is not written in this language.", new ProblemError($"One of: {string.Join(", ", policy.Controller.Languages)}.", "#query/lang"));

        var page = NoticeBuilder.Build(policy, language, version, publishedAt, effectiveFrom);
        http.Response.Headers.CacheControl = "public, max-age=300";
        http.Response.Headers.ContentLanguage = language;
        http.Response.Headers.Vary = HeaderNames.Accept;
        if (WantsMarkdown(http.Request))
            return TypedResults.Text(MarkdownNotice.Render(page), "text/markdown; charset=utf-8");
        http.Response.Headers.ContentSecurityPolicy = HtmlNotice.ContentSecurityPolicy;
        return TypedResults.Text(HtmlNotice.Render(page), "text/html; charset=utf-8");
    }

    private static bool WantsMarkdown(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && accepted.OrderByDescending(type => type.Quality ?? 1).Select(type => type.MediaType.Value).FirstOrDefault() is "text/markdown" or "text/plain";
}
