using Integritet.Gateway.Access;
using Integritet.Gateway.ApiKeys;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Tests;

/// <summary>What operators may decide about keys; pure.</summary>
public sealed class ApiKeyDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);
    private static readonly Guid Id = Guid.CreateVersion7();
    private static readonly byte[] Hash = KeySecret.Hash(KeySecret.Generate());
    private static readonly AccessDirectory Directory = AccessDirectory.Empty.After(
    [
        new(1, "controller-almena", new Controllers.ControllerRegistered("almena", "SE", "Europe/Stockholm", ["sv"], "x", "op", Now)),
        new(2, "policy-netip", new Controllers.ControllerPolicyPublished("netip", 1, 1, "hash")),
    ]);

    [Fact]
    public void A_system_key_is_active_at_once()
    {
        var key = Granted(Create(new("Shop", "anna", ["system"], ["almena"], Now.AddDays(90), ["crm"])));

        Assert.Equal(ApiKeyStatus.Active, key.Status(Now));
        Assert.Equal(ApiKeyStatus.Expired, key.Status(Now.AddDays(90)));
        Assert.Equal(Role.System, key.Roles);
        Assert.True(key.Systems.Includes("crm"));
    }

    [Theory]
    [InlineData("officer")]
    [InlineData("auditor")]
    [InlineData("operator")]
    public void A_key_that_decides_reads_or_runs_waits_for_a_second_operator(string role)
    {
        var key = Granted(Create(new("K", "anna", [role, "system"], ["almena"], Now.AddDays(1))));
        Assert.Equal(ApiKeyStatus.PendingApproval, key.Status(Now));

        Assert.IsType<Decided.Refused>(ApproveApiKey.Decide(key, Operator("op-1", "olga"), Now));
        Assert.IsType<Decided.Refused>(ApproveApiKey.Decide(key, Operator("op-9", "olga"), Now));

        var approved = Assert.IsType<Decided.Accepted>(ApproveApiKey.Decide(key, Operator("op-2", "otto"), Now));
        Assert.Equal(ApiKeyStatus.Active, Fold(key, approved).Status(Now));
    }

    [Fact]
    public void A_second_approval_or_revocation_has_no_further_effect()
    {
        var key = Granted(Create(new("K", "anna", ["officer"], ["almena"], Now.AddDays(1))));
        var approved = Fold(key, Assert.IsType<Decided.Accepted>(ApproveApiKey.Decide(key, Operator("op-2", "otto"), Now)));
        Assert.Empty(Assert.IsType<Decided.Accepted>(ApproveApiKey.Decide(approved, Operator("op-2", "otto"), Now)).Events);

        var revoked = Fold(approved, Assert.IsType<Decided.Accepted>(RevokeApiKey.Decide(approved, Operator("op-1", "olga"), Now)));
        Assert.Equal(ApiKeyStatus.Revoked, revoked.Status(Now));
        Assert.Empty(Assert.IsType<Decided.Accepted>(RevokeApiKey.Decide(revoked, Operator("op-1", "olga"), Now)).Events);
    }

    [Fact]
    public void A_revoked_or_expired_key_cannot_be_approved()
    {
        var key = Granted(Create(new("K", "anna", ["officer"], ["almena"], Now.AddDays(1))));
        var revoked = Fold(key, Assert.IsType<Decided.Accepted>(RevokeApiKey.Decide(key, Operator("op-1", "olga"), Now)));

        Assert.Equal(409, Refusal(ApproveApiKey.Decide(revoked, Operator("op-2", "otto"), Now)).Status);
        Assert.Equal(409, Refusal(ApproveApiKey.Decide(key, Operator("op-2", "otto"), Now.AddDays(2))).Status);
    }

    [Fact]
    public void An_operator_grants_only_controllers_and_systems_of_its_own()
    {
        var own = Operator("op-3", "oda", ["almena"], ["crm"]);

        Assert.Equal(403, Refusal(Create(new("K", "anna", ["system"], ["netip"], Now.AddDays(1)), own)).Status);
        Assert.Equal(403, Refusal(Create(new("K", "anna", ["system"], ["*"], Now.AddDays(1)), own)).Status);
        Assert.Equal(403, Refusal(Create(new("K", "anna", ["system"], ["almena"], Now.AddDays(1), ["vault"]), own)).Status);
        Assert.Equal(403, Refusal(Create(new("K", "anna", ["system"], ["almena"], Now.AddDays(1), ["*"]), own)).Status);
        Granted(Create(new("K", "anna", ["system"], ["almena"], Now.AddDays(1), ["crm"]), own));
    }

    [Fact]
    public void Another_operators_keys_are_not_there()
    {
        var key = Granted(Create(new("K", "anna", ["officer"], ["netip"], Now.AddDays(1))));
        var own = Operator("op-3", "oda", ["almena"], ["crm"]);

        Assert.Equal(404, Refusal(ApproveApiKey.Decide(key, own, Now)).Status);
        Assert.Equal(404, Refusal(RevokeApiKey.Decide(key, own, Now)).Status);
        Assert.Equal(404, Refusal(RevokeApiKey.Decide(null, own, Now)).Status);
    }

    public static TheoryData<string, CreateApiKey.Request> Wrong => new()
    {
        { "/name", new("", "anna", ["system"], ["almena"], Now.AddDays(1)) },
        { "/name", new(new string('x', 201), "anna", ["system"], ["almena"], Now.AddDays(1)) },
        { "/person", new("K", " ", ["system"], ["almena"], Now.AddDays(1)) },
        { "/roles", new("K", "anna", [], ["almena"], Now.AddDays(1)) },
        { "/roles", new("K", "anna", ["subject"], ["almena"], Now.AddDays(1)) },
        { "/roles", new("K", "anna", ["king"], ["almena"], Now.AddDays(1)) },
        { "/controllers", new("K", "anna", ["system"], [], Now.AddDays(1)) },
        { "/controllers/1", new("K", "anna", ["system"], ["almena", "nobody"], Now.AddDays(1)) },
        { "/systems", new("K", "anna", ["system"], ["almena"], Now.AddDays(1), ["!crm"]) },
        { "/expiresAt", new("K", "anna", ["system"], ["almena"], Now) },
        { "/expiresAt", new("K", "anna", ["system"], ["almena"], Now.AddYears(6)) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_key_that_makes_no_sense_is_refused_at_its_member(string pointer, CreateApiKey.Request request)
    {
        var problem = Refusal(Create(request));

        Assert.Equal(422, problem.Status);
        Assert.Equal(pointer, Assert.Single(problem.Errors).Pointer);
    }

    [Fact]
    public void An_event_that_nobody_knows_is_not_passed_over() => Assert.Throws<InvalidOperationException>(() => ApiKey.Evolve(null, new object()));

    private static Decided Create(CreateApiKey.Request request, Credential? grantor = null) =>
        CreateApiKey.Decide(null, Id, Hash, request, grantor ?? Operator("op-1", "olga"), Directory, Now);

    private static Credential Operator(string id, string person, IReadOnlyList<string>? controllers = null, IReadOnlyList<string>? systems = null) =>
        new(id, Role.Operator, new Caller("gateway", id) { Person = person, Roles = ["operator"], Controllers = controllers ?? ["*"], Systems = systems ?? ["*"] }, Now.AddYears(1));

    private static ApiKey Granted(Decided decided) => Fold(null, Assert.IsType<Decided.Accepted>(decided));

    private static ApiKey Fold(ApiKey? key, Decided.Accepted accepted) => accepted.Events.Aggregate(key, ApiKey.Evolve)!;

    private static Problem Refusal(Decided decided) => Assert.IsType<Decided.Refused>(decided).Problem;
}
