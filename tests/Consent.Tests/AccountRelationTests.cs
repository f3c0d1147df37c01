using Integritet.Consent.Accounts;
using Integritet.Platform.Hosting;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class AccountRelationTests
{
    private static readonly AccountRelationEvent.Recorded Primary = new(ConsentId, Anna, AccountRole.Primary, "ps_account", null, Granted: false, null, Now, Now.AddDays(10));
    private static readonly AccountRelationEvent.Removed Removed = new(ConsentId, Anna);

    [Fact]
    public void A_relation_is_recorded_for_a_time() => Assert.Equal(Primary, RecordAccountRelation.Decide(After(), Primary).ThenOne<AccountRelationEvent.Recorded>());

    [Fact]
    public void Recording_it_again_changes_nothing() => RecordAccountRelation.Decide(After(Primary), Primary).ThenNothing();

    [Theory]
    [InlineData(-5, 1)]
    [InlineData(9, 20)]
    [InlineData(-5, 20)]
    [InlineData(2, 3)]
    [InlineData(5, null)]
    [InlineData(-5, null)]
    public void An_overlapping_period_conflicts(int from, int? to) => RecordAccountRelation.Decide(After(Primary), Period(from, to)).ThenRefused(409, "/validFrom");

    [Theory]
    [InlineData(10, 20)]
    [InlineData(-5, 0)]
    [InlineData(10, null)]
    public void A_period_beside_it_is_recorded(int from, int? to) => RecordAccountRelation.Decide(After(Primary), Period(from, to)).ThenOne<AccountRelationEvent.Recorded>();

    [Fact]
    public void What_does_not_end_overlaps_all_that_follows() => RecordAccountRelation.Decide(After(Period(0, null)), Period(1000, 1001)).ThenRefused(409, "/validFrom");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void It_ends_after_it_has_begun(int to) => RecordAccountRelation.Decide(After(), Period(0, to)).ThenRefused(422, "/validTo");

    [Fact]
    public void Absurd_times_are_pointed_at() =>
        RecordAccountRelation.Decide(After(), Primary with { ValidFrom = DateTimeOffset.MinValue, ValidTo = DateTimeOffset.MaxValue }).ThenRefused(422, "/validFrom", "/validTo");

    [Fact]
    public void The_holder_of_a_sub_account_holds_a_certain_one() => RecordAccountRelation.Decide(After(), Primary with { Role = AccountRole.SubAccount }).ThenRefused(422, "/subAccount");

    [Fact]
    public void An_account_is_no_sub_account_of_itself() => RecordAccountRelation.Decide(After(), Primary with { SubAccount = "ps_account" }).ThenRefused(422, "/subAccount");

    [Fact]
    public void A_grant_says_by_whom() => RecordAccountRelation.Decide(After(), Primary with { Granted = true, GrantedBy = " " }).ThenRefused(422, "/grantedBy");

    [Fact]
    public void After_its_removal_it_can_be_recorded_anew() => RecordAccountRelation.Decide(After(Primary, Removed), Primary).ThenOne<AccountRelationEvent.Recorded>();

    [Fact]
    public void Removing_it_again_changes_nothing() => RemoveAccountRelation.Decide(After(Primary, Removed)).ThenNothing();

    [Fact]
    public void What_was_never_recorded_is_not_found() => RemoveAccountRelation.Decide(After()).ThenRefused(404);

    [Fact]
    public void Two_spellings_of_an_account_are_one_relation() => Assert.Equal(Read("a-7", "a-7-1"), Read(" A-7 ", "A-7-1"));

    [Fact]
    public void What_names_nobody_and_no_account_is_pointed_at()
    {
        var faults = new List<ProblemError>();
        Assert.Null(RecordAccountRelation.Read(new RecordAccountRelation.Body("", new NamedSubject("email", "x"), AccountRole.Primary, Now, SubAccount: " "), "almena", Key, faults));
        Assert.Equal(["/subject/value", "/account", "/subAccount"], faults.Select(f => f.Pointer));
    }

    private static AccountRelationEvent.Recorded Period(int from, int? to) => Primary with { ValidFrom = Now.AddDays(from), ValidTo = to is { } days ? Now.AddDays(days) : null };

    private static AccountRelationEvent.Recorded? Read(string account, string subAccount) =>
        RecordAccountRelation.Read(new RecordAccountRelation.Body(account, new NamedSubject("email", "a@b.se"), AccountRole.SubAccount, Now, SubAccount: subAccount), "almena", Key, []);

    private static AccountRelation After(params AccountRelationEvent[] events) => AccountRelation.Aggregate.Fold(AccountRelation.Aggregate.Initial, events);
}
