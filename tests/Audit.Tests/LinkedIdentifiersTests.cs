using Integritet.Audit.Ledger;
using Integritet.Audit.Search;

namespace Integritet.Audit.Tests;

public sealed class LinkedIdentifiersTests(Servers servers)
{
    [Fact]
    public async Task A_person_has_the_identifiers_that_links_join_directly_or_through_others()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync(Linked(1, "link-1", "ps_a", "ps_b"), Linked(2, "link-2", "ps_b", "ps_c"), Linked(3, "link-3", "ps_x", "ps_y"), Linked(4, "link-4", "netip", ["ps_c", "ps_d"]));
        Assert.Equal(["ps_a", "ps_b", "ps_c"], (await OfAsync(ledger, "ps_a")).Order(StringComparer.Ordinal));
        Assert.Equal(["ps_a", "ps_b", "ps_c"], (await OfAsync(ledger, "ps_c")).Order(StringComparer.Ordinal));
        Assert.Equal(["ps_z"], await OfAsync(ledger, "ps_z"));
    }

    [Fact]
    public async Task A_removed_link_joins_nothing_until_it_is_made_again()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync(Linked(1, "link-1", "ps_a", "ps_b"), Linked(2, "link-2", "ps_b", "ps_c"), Removed(3, "link-1", 2, "ps_a", "ps_b"));
        Assert.Equal(["ps_a"], await OfAsync(ledger, "ps_a"));
        Assert.Equal(["ps_b", "ps_c"], (await OfAsync(ledger, "ps_b")).Order(StringComparer.Ordinal));
        await ledger.WriteAsync(Leaves.Of("consent", 4, type: "subjects-linked.v1", stream: "link-1", subjects: ["ps_a", "ps_b"], version: 3));
        Assert.Equal(3, (await OfAsync(ledger, "ps_a")).Count);
    }

    [Fact]
    public async Task Another_services_word_joins_nobody()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync(Leaves.Of("policy", 1, type: "subjects-linked.v1", stream: "link-1", subjects: ["ps_a", "ps_b"]));
        Assert.Equal(["ps_a"], await OfAsync(ledger, "ps_a"));
    }

    private static Leaf Linked(long position, string stream, params string[] subjects) => Linked(position, stream, "almena", subjects);

    private static Leaf Linked(long position, string stream, string controller, string[] subjects) =>
        Leaves.Of("consent", position, controller: controller, type: "subjects-linked.v1", stream: stream, subjects: subjects);

    private static Leaf Removed(long position, string stream, long version, params string[] subjects) =>
        Leaves.Of("consent", position, type: "subject-link-removed.v1", stream: stream, subjects: subjects, version: version);

    private static Task<IReadOnlyList<string>> OfAsync(LedgerDatabase ledger, string subject) =>
        new LinkedIdentifiers(ledger.Database).OfAsync("almena", subject, TestContext.Current.CancellationToken);
}
