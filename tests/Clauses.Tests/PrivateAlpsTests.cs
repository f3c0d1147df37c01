using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

public sealed class PrivateAlpsTests(Installation installation)
{
    private static readonly string[] Contacts = ["technical-contact", "network-contact", "billing-contact", "abuse-contact"];
    private static readonly string[] Others = ["payment-card", "server-content", "database", "stored-email", "web-history", "storage-file", "vpn-log", "other-entrusted"];

    private readonly Controller _alps = new(installation, "privatealps");

    [Fact]
    [Clause("PA-1")]
    public async Task PA_1_name_and_email_are_collected_when_ordering_or_registering()
    {
        foreach (var source in new[] { "order", "registration" })
            (await _alps.MayAsync("collect", new { categories = new[] { "name", "email" }, source })).ShouldPermit("PA-1");
    }

    [Fact]
    [Clause("PA-1")]
    public async Task PA_1_nothing_else_is_collected_there()
    {
        var answers = await _alps.MayAllAsync("collect", from source in new[] { "order", "registration" } from category in Others select new { categories = new[] { category }, source });
        Assert.All(answers, a => Assert.Equal("refuse", (string?)a["outcome"]));
        Assert.All(answers.Where((_, i) => i % Others.Length > 0), a => a.ShouldRefuse("PA-1"));
        (await _alps.MayAsync("collect", new { categories = new[] { "name" }, source = "newsletter" })).ShouldRefuse("PA-1", "source-not-listed");
    }

    [Fact]
    [Clause("PA-1")]
    public async Task PA_1_a_question_is_permitted_whole_or_says_what_a_narrower_one_would_get()
    {
        var answer = await _alps.MayAsync("collect", new { categories = new[] { "name", "email", "payment-card" }, source = "order" });
        Assert.Equal("refuse", (string?)answer["outcome"]);
        Assert.Equal(["name", "email"], answer["permittedCategories"]!.AsArray().Select(c => (string?)c));
    }

    [Fact]
    [Clause("PA-1")]
    public async Task PA_1_they_are_used_to_contact_the_customer_and_for_nothing_else()
    {
        foreach (var purpose in Contacts)
            (await _alps.MayAsync("use", new { categories = new[] { "name", "email" }, purpose, subject = Controller.SomeSubject() })).ShouldPermit("PA-1");
        (await _alps.MayAsync("use", new { categories = new[] { "name", "email" }, purpose = "abuse-investigation" })).ShouldRefuse("PA-1");
    }
}
