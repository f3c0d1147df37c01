using Integritet.Consent.Consents;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class ConsentQualitiesTests
{
    // As BG-1 asks: only by order or use, with the four qualities evidenced.
    private const string Rules =
        """
        consents:
          refused-by-gpc: [own-marketing, third-party-advertising, targeting]
          rules:
            - {clause: AL-3, purposes: targeting, methods: [order, use], qualities: [free, specific, informed, unambiguous]}
        """;

    private static readonly string[] All = ["free", "specific", "informed", "unambiguous"];

    [Fact]
    public void A_consent_with_every_quality_evidenced_is_recorded() =>
        Assert.Equal(All, When("order", All).ThenOne<ConsentEvent.Given>().Evidence.Qualities.Select(q => q.Quality));

    [Fact]
    public void A_quality_that_is_not_evidenced_is_named_with_its_clause()
    {
        var problem = When("use", "free", "specific", "informed").ThenRefused(422, "/evidence/qualities");
        Assert.Equal(("quality-missing", "AL-3"), (problem.Errors[0].Code, problem.Errors[0].Rule));
        Assert.Contains("unambiguous", problem.Errors[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_that_the_policy_does_not_accept_is_refused_with_its_clause() =>
        Assert.Equal("AL-3", When("phone", All).ThenRefused(422, "/method").Errors[0].Rule);

    [Fact]
    public void Other_purposes_are_not_bound_by_the_rule() =>
        GiveConsent.Decide(After(), new GiveConsent(Says("own-marketing") with { Method = "phone" }, null), Strict(), Now).ThenOne<ConsentEvent.Given>();

    private static Decided When(string method, params string[] qualities) =>
        GiveConsent.Decide(After(), new GiveConsent(Says("targeting") with { Method = method, Evidence = Evidence(qualities) }, null), Strict(), Now);

    private static PolicyVersion Strict()
    {
        var shipped = Document("almena");
        var start = shipped.IndexOf("consents:", StringComparison.Ordinal);
        var end = shipped.IndexOf("always:", StringComparison.Ordinal);
        return Version("almena", shipped[..start] + Rules + "\n\n" + shipped[end..]);
    }
}
