using Integritet.Disclosure.Cases;
using Integritet.Platform.Hosting;
using static Integritet.Disclosure.Tests.Pure;

namespace Integritet.Disclosure.Tests;

public sealed class CaseTests
{
    [Fact]
    public void A_case_without_subjects_covers_everybody() => Assert.False(Open().ThenOne<CaseEvent.Opened>().Limited);

    [Fact]
    public void A_case_with_subjects_covers_only_them()
    {
        var events = Open(subjects: ["ps_b", "ps_a", "ps_b"]).Then();
        Assert.True(Assert.IsType<CaseEvent.Opened>(events[0]).Limited);
        Assert.Equal(["ps_b", "ps_a"], Assert.IsType<CaseEvent.SubjectsAdded>(Assert.Single(events.Skip(1))).Pseudonyms);
    }

    [Fact]
    public void Many_subjects_come_in_events_of_a_thousand() =>
        Assert.Equal([1000, 1000, 500], Open(subjects: [.. Enumerable.Range(0, 2500).Select(i => $"ps_{i}")]).Then().Skip(1).Select(e => ((CaseEvent.SubjectsAdded)e).Pseudonyms.Count));

    [Fact]
    public void A_reference_names_one_case() =>
        Assert.Equal("/reference", OpenCase.Decide(After(Opened()), Command(), Now).ThenFault(409).Pointer);

    [Fact]
    public void The_id_is_made_of_controller_and_reference()
    {
        var id = CaseReference.IdOf("almena", "abuse-17");
        Assert.Equal(id, CaseReference.IdOf("almena", "abuse-17"));
        Assert.NotEqual(id, CaseReference.IdOf("almena", "abuse-18"));
        Assert.NotEqual(id, CaseReference.IdOf("netip", "abuse-17"));
        Assert.Equal('8', id.ToString()[14]);
    }

    [Theory]
    [InlineData("murder", "abuse-17", "spam", null, "/kind")]
    [InlineData("breach", "breach-1", "lost laptop", null, "/kind")]
    [InlineData("abuse-investigation", "", "spam", null, "/reference")]
    [InlineData("abuse-investigation", "eva@example.se", "spam", null, "/reference")]
    [InlineData("abuse-investigation", "a/b", "spam", null, "/reference")]
    [InlineData("abuse-investigation", "abuse-17", "  ", null, "/reason")]
    [InlineData("abuse-investigation", "abuse-17", "spam", 30, "/objectionUntil")]
    [InlineData("business-transfer", "sale-1", "sold", -1, "/objectionUntil")]
    public void What_no_case_is_has_its_place_named(string kind, string reference, string reason, int? objectionDays, string pointer) =>
        Assert.Equal(pointer, OpenCase.Decide(
            CaseRecord.Aggregate.Initial, new OpenCase(Id, kind, reference, reason, [], objectionDays is { } days ? Now.AddDays(days) : null), Now).ThenFault().Pointer);

    [Fact]
    public void Subjects_are_added_to_those_there_are()
    {
        var state = After(Opened(limited: true), new CaseEvent.SubjectsAdded(Id, ["ps_a"]));
        Assert.Equal(["ps_b"], AddCaseSubjects.Decide(state, new AddCaseSubjects(Id, ["ps_a", "ps_b"])).ThenOne<CaseEvent.SubjectsAdded>().Pseudonyms);
        Assert.Empty(AddCaseSubjects.Decide(state, new AddCaseSubjects(Id, ["ps_a"])).Then());
    }

    [Fact]
    public void A_case_covers_at_most_ten_thousand()
    {
        var state = After(Opened(limited: true), new CaseEvent.SubjectsAdded(Id, [.. Enumerable.Range(0, 9_999).Select(i => $"ps_{i}")]));
        Assert.Single(AddCaseSubjects.Decide(state, new AddCaseSubjects(Id, ["ps_1", "ps_x"])).Then());
        AddCaseSubjects.Decide(state, new AddCaseSubjects(Id, ["ps_x", "ps_y"])).ThenRefused(422);
    }

    [Fact]
    public void Nothing_is_added_to_a_closed_case_or_to_none()
    {
        AddCaseSubjects.Decide(After(Opened(), Closed()), new AddCaseSubjects(Id, ["ps_a"])).ThenRefused(409);
        AddCaseSubjects.Decide(CaseRecord.Aggregate.Initial, new AddCaseSubjects(Id, ["ps_a"])).ThenRefused(404);
    }

    [Fact]
    public void A_case_is_closed_once_with_what_came_of_it()
    {
        Assert.Equal(Closed(), CloseCase.Decide(After(Opened()), new CloseCase(Id, "unfounded")).ThenOne<CaseEvent.Closed>());
        Assert.Empty(CloseCase.Decide(After(Opened(), Closed()), new CloseCase(Id, "again")).Then());
        Assert.Equal("/text", CloseCase.Decide(After(Opened()), new CloseCase(Id, " ")).ThenFault().Pointer);
        CloseCase.Decide(CaseRecord.Aggregate.Initial, new CloseCase(Id, "unfounded")).ThenRefused(404);
    }

    [Fact]
    public void Lines_are_read_one_by_one_whatever_ends_them() =>
        Assert.Equal(
            [new NamedSubject("email", "a@b.se"), new NamedSubject("phone", "+4612345")],
            AddCaseSubjects.Lines("{\"type\":\"email\",\"value\":\"a@b.se\"}\r\n\n  \n{\"type\":\"phone\",\"value\":\"+4612345\"}"u8.ToArray()));

    [Fact]
    public void A_line_that_is_no_subject_is_told_by_its_number() =>
        Assert.StartsWith("Line 2:", Assert.Throws<ProblemException>(() => AddCaseSubjects.Lines("{\"type\":\"email\",\"value\":\"a@b.se\"}\nnonsense\n"u8.ToArray()).ToList()).Problem.Detail, StringComparison.Ordinal);

    private static CaseEvent.Closed Closed() => new(Id, "abuse-17", "abuse-investigation", "unfounded", Limited: false);

    private static OpenCase Command(params string[] subjects) => new(Id, "abuse-investigation", "abuse-17", "spam", subjects, null);

    private static Decided Open(params string[] subjects) => OpenCase.Decide(CaseRecord.Aggregate.Initial, Command(subjects), Now);
}
