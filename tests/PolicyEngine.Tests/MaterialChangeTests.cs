using System.Text;
using Integritet.Platform.PolicyEngine;

namespace Integritet.PolicyEngine.Tests;

/// <summary>Whom a newer version makes it necessary to ask again.</summary>
public sealed class MaterialChangeTests
{
    private const string Marketing = "      purposes: [own-marketing, third-party-advertising, targeting]\n      when: [country: consent-needed]\n      needs: [consent]";
    private const string Collected = "- {clause: AL-2, categories: {except: payment-card}, sources: third-party, needs: [consent: third-party-collection]}";

    private static readonly string Almena = Encoding.UTF8.GetString(Policies.Bytes("almena"));

    public static TheoryData<string> Controllers => new(Policies.Controllers);

    [Theory, MemberData(nameof(Controllers))]
    public void A_policy_changes_nothing_about_itself(string controller) => Assert.Empty(MaterialChanges.Between(Policies.Document(controller), Policies.Document(controller)));

    [Theory]
    [InlineData("own-marketing: {basis: consent", "own-marketing: {basis: legitimate-interest", "own-marketing basis Its legal basis was consent, and is now legitimate-interest.")]
    [InlineData("en: taking data from third parties", "en: taking data from partners", "third-party-collection description It was called 'taking data from third parties' (en), and is now called 'taking data from partners'.")]
    [InlineData(Collected, "- {clause: AL-2, sources: third-party, needs: [consent: third-party-collection]}", "third-party-collection categories It opens further categories of data: payment-card.")]
    [InlineData(Collected, "- {clause: AL-2, categories: {except: payment-card}, sources: [third-party, public-source], needs: [consent: third-party-collection]}", "third-party-collection sources Data may be collected from further sources: public-source.")]
    [InlineData(
        "\naccess:\n  otherwise: AL-8\n  allow:\n", "\naccess:\n  otherwise: AL-8\n  allow:\n    - {clause: AL-8, categories: phone, actors: supplier, needs: [consent: third-party-collection]}\n",
        "third-party-collection operations More may be done with the data: access.")]
    public void A_consent_that_opens_more_or_is_described_otherwise_is_asked_for_again(string was, string becomes, string change) => Assert.Equal([change], Changed(was, becomes));

    [Fact]
    public void A_new_recipient_of_what_was_consented_to_is_one_to_ask_about()
    {
        const string disclosure = "    - {clause: AL-9, categories: email, recipients: analytics, needs: [consent: targeting]}\n";
        var older = Almena.Replace("  allow:\n    # The law obliges", "  allow:\n" + disclosure + "    # The law obliges", StringComparison.Ordinal);
        Assert.NotEqual(Almena, older);
        Assert.Equal(["targeting operations More may be done with the data: disclose."], Told(Almena, older));
        Assert.Equal(["targeting recipients Data may go to further recipients: supplier."], Told(older, older.Replace("recipients: analytics,", "recipients: [analytics, supplier],", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_condition_that_no_longer_need_hold_is_one_to_ask_about()
    {
        var older = Almena.Replace("needs: [consent: third-party-collection]", "needs: [consent: third-party-collection, lawful-source]", StringComparison.Ordinal);
        var changes = MaterialChanges.Between(Policies.Parsed(older), Policies.Document("almena"));
        Assert.Equal(MaterialChangeKind.Conditions, Assert.Single(changes).Kind);
        Assert.Empty(Told(Almena, older));
    }

    [Fact]
    public void Consent_that_is_asked_for_only_now_was_not_asked_for_before()
    {
        var older = Almena.Replace(Marketing, Marketing.Replace("own-marketing, ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("own-marketing basis No rule asked for this consent before.", Told(older, Almena));
    }

    [Theory]
    [InlineData(Collected, "- {clause: AL-2, categories: [name, email], sources: third-party, needs: [consent: third-party-collection]}")]
    [InlineData(Collected, "- {clause: AL-2, categories: {except: payment-card}, sources: third-party, needs: [consent: third-party-collection, lawful-source]}")]
    [InlineData(Collected, "- {clause: AL-2, categories: email, sources: third-party, needs: [consent: third-party-collection]}\n    - {clause: AL-2, categories: {except: [email, payment-card]}, sources: third-party, needs: [consent: third-party-collection]}")]
    [InlineData("improvement, support, search", "improvement, search")]
    [InlineData("countries: [AT, BE,", "countries: [US, AT, BE,")]
    [InlineData("  training: {basis: legitimate-interest, label: {sv: utbildning av personal, en: training of staff}}", "  training: {basis: legitimate-interest, label: {sv: utbildning, en: schooling}}")]
    public void What_narrows_or_concerns_no_consent_asks_nobody_again(string was, string becomes) => Assert.Empty(Changed(was, becomes));

    private static string[] Changed(string was, string becomes)
    {
        Assert.Contains(was, Almena, StringComparison.Ordinal);
        return Told(Almena, Almena.Replace(was, becomes, StringComparison.Ordinal));
    }

    private static string[] Told(string older, string newer) =>
        [.. MaterialChanges.Between(Policies.Parsed(older), Policies.Parsed(newer)).Select(c => $"{c.Purpose} {c.Kind.ToString().ToLowerInvariant()} {c.Detail}")];
}
