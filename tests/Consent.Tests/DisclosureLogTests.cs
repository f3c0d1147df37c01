using Integritet.Consent.Integration;
using Integritet.Contracts;
using Integritet.Platform.Messaging;

namespace Integritet.Consent.Tests;

/// <summary>Disclosure's events, as they are pinned, mean to a silent reader what its messages say.</summary>
public sealed class DisclosureLogTests
{
    private static readonly Guid RecipientId = Guid.Parse("0197aaaa-0000-7000-8000-000000000010");
    private static readonly Guid CaseId = Guid.Parse("6c1d5a0e-33c1-8f2a-9d3b-0b5f3a9f6e11");
    private static readonly DateTimeOffset Since = new(2026, 11, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_recipient_is_read_without_its_name() =>
        Assert.Equal(new RecipientRegistered("almena", "disclosure", "s", 3, 7, RecipientId, "employee", "CH", null), Read("recipient-registered.v1"));

    [Fact]
    public void An_agreement_is_read() =>
        Assert.Equal(
            new AgreementRegistered("almena", "disclosure", "s", 3, 7, Guid.Parse("0197aaaa-0000-7000-8000-000000000011"), RecipientId, "employee", "nda", Since, null), Read("agreement-registered.v1"));

    [Fact]
    public void An_access_right_is_read()
    {
        var read = Assert.IsType<AccessRightGranted>(Read("access-right-granted.v1"));
        Assert.Equal(["email", "name"], read.Categories);
        Assert.Equal((RecipientId, "employee", Since, Since.AddYears(1)), (read.RecipientId, read.RecipientKind, read.ValidFrom, read.ValidTo));
    }

    [Theory]
    [InlineData("case-opened.v1", true)]
    [InlineData("case-closed.v1", false)]
    public void A_case_is_read_as_it_stands(string type, bool open) =>
        Assert.Equal(new CaseChanged("almena", "disclosure", "s", 3, 7, CaseId, "abuse-2026-17", "abuse-investigation", open, Limited: true), Read(type));

    [Fact]
    public void Those_whom_a_case_covers_are_read()
    {
        var read = Assert.IsType<CaseSubjectsAdded>(Read("case-subjects-added.v1"));
        Assert.Equal((CaseId, "ps_s4lwLJsxaxg1KxuMy9tlLIA_Hlo_v1gEyCkURG6Qymc"), (read.CaseId, Assert.Single(read.Pseudonyms)));
    }

    [Fact]
    public void What_concerns_no_decision_is_passed_over() => Assert.Null(DisclosureLog.MessageOf(Event("fact-confirmed.v1", "{}")));

    [Fact]
    public void What_does_and_is_not_understood_stops_the_reading() => Assert.Throws<InvalidOperationException>(() => DisclosureLog.MessageOf(Event("case-closed.v2", "{}")));

    private static IStateMessage? Read(string type) =>
        DisclosureLog.MessageOf(Event(type, File.ReadAllText(Path.Combine(Repository.Root, "tests", "Architecture.Tests", "Golden", type + ".json"))));

    private static FeedEvent Event(string type, string data) => new(
        "disclosure", 7, 6, Guid.CreateVersion7(), "almena", "s", 3, type, Since, "key", "conversation", "cause", [], default, System.Text.Encoding.UTF8.GetBytes(data));
}
