using Integritet.Platform.PolicyEngine;
using Integritet.Servers;

namespace Integritet.Platform.Policies.Tests;

public sealed class PolicyVersionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly string Almena = Document("almena");
    private static readonly string Netip = Document("netip");
    private static readonly PolicyVersion Read = PolicyVersion.Read(1, HashOf(Almena), Almena, Now, knownFrom: 1)!;

    [Fact]
    public void A_controller_without_a_policy_has_none_in_force() => Assert.Null(With().InForce("almena", Now));

    [Fact]
    public void A_version_decides_nothing_before_it_takes_effect()
    {
        var versions = With(Of(1, Now.AddDays(-1)), Of(2, Now));
        Assert.Equal(1, versions.InForce("almena", Now.AddTicks(-1))!.Version);
        Assert.Equal(2, versions.InForce("almena", Now)!.Version);
    }

    [Fact]
    public void Before_the_first_version_nothing_is_in_force() => Assert.Null(With(Of(1, Now)).InForce("almena", Now.AddTicks(-1)));

    [Fact]
    public void Asked_as_of_then_only_what_was_known_then_counts()
    {
        var versions = With(Of(1, Now.AddDays(-1), knownFrom: 5), Of(2, Now.AddDays(-1), knownFrom: 9));
        Assert.Equal(1, versions.InForce("almena", Now, knownUpTo: 8)!.Version);
        Assert.Equal(2, versions.InForce("almena", Now, knownUpTo: 9)!.Version);
        Assert.Null(versions.InForce("almena", Now, knownUpTo: 4));
    }

    [Fact]
    public void Versions_may_arrive_in_any_order() => Assert.Equal(2, With(Of(2, Now), Of(1, Now)).InForce("almena", Now)!.Version);

    [Fact]
    public void A_version_heard_of_again_stands_once()
    {
        var versions = With(Of(1, Now), Of(1, Now.AddDays(1)));
        Assert.Null(versions.InForce("almena", Now));
        Assert.Equal(Now.AddDays(1), versions.Find("almena", 1)!.EffectiveFrom);
    }

    [Fact]
    public void One_controllers_policy_is_not_anothers() => Assert.Null(With(Of(1, Now)).InForce("netip", Now));

    [Fact]
    public void A_document_that_is_not_what_its_hash_says_is_not_used() => Assert.Null(PolicyVersion.Read(1, HashOf(Netip), Almena, Now, knownFrom: 1));

    [Fact]
    public void A_document_that_is_no_policy_is_not_used() => Assert.Null(PolicyVersion.Read(1, HashOf(Netip), "no: policy", Now, knownFrom: 1));

    private static PolicyVersion Of(int version, DateTimeOffset effectiveFrom, long knownFrom = 1) => Read with { Version = version, EffectiveFrom = effectiveFrom, KnownFrom = knownFrom };

    private static PolicyVersions With(params PolicyVersion[] versions)
    {
        var all = new PolicyVersions();
        foreach (var version in versions)
            all.Add([("almena", version)]);
        return all;
    }

    private static string Document(string controller) => File.ReadAllText(Path.Combine(Repository.Root, "deploy", "policies", controller + ".yaml"));

    private static string HashOf(string document) => Assert.IsType<PolicyParseResult.Parsed>(PolicyParser.Parse(System.Text.Encoding.UTF8.GetBytes(document))).Document.Hash;
}
