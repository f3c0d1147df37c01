using Integritet.Platform.Hosting;
using Integritet.Retention.Instructions;

namespace Integritet.Retention.Tests;

public sealed class InstructionTests
{
    private static readonly DateTimeOffset IssuedAt = new(2026, 11, 2, 2, 0, 0, TimeSpan.Zero);
    private static readonly Guid Holding = Guid.Parse("0197aaaa-0000-7000-8000-000000000001");

    private static readonly Deadlines Times = new();

    private static readonly IssuedInstruction Erase = new(
        InstructionId.Of("netip", Holding, InstructionAction.Erase), Holding, "ps_anna", "mail", "m-1", InstructionAction.Erase, null, "NI-1", IssuedAt, IssuedAt + Times.ToAnswer);

    [Fact]
    public void Its_id_is_made_of_what_it_says()
    {
        Assert.Equal(Erase.InstructionId, InstructionId.Of("netip", Holding, InstructionAction.Erase));
        Assert.NotEqual(Erase.InstructionId, InstructionId.Of("netip", Holding, InstructionAction.Move));
        Assert.NotEqual(Erase.InstructionId, InstructionId.Of("almena", Holding, InstructionAction.Erase));
        Assert.Equal(8, Erase.InstructionId.Version);
    }

    [Fact]
    public void A_failure_is_told_again_after_an_hour_then_two()
    {
        var first = Accepted<InstructionEvent.Failed>(ReportFailure.Decide(Initial, new("disk full"), Erase, Times, IssuedAt.AddMinutes(5)));
        Assert.Equal(IssuedAt.AddMinutes(65), first.TellAgainAt);
        var retried = Accepted<InstructionEvent.Retried>(TellAgain.Decide(After(first), Erase, Times, first.TellAgainAt));
        Assert.Equal(2, retried.Attempt);
        Assert.Equal(Erase.Deadline, retried.TellAgainAt);
        var second = Accepted<InstructionEvent.Failed>(ReportFailure.Decide(After(first, retried), new("disk full"), Erase, Times, IssuedAt.AddMinutes(70)));
        Assert.Equal(IssuedAt.AddMinutes(70 + 120), second.TellAgainAt);
    }

    [Fact]
    public void The_same_failure_reported_twice_is_one()
    {
        var failed = Accepted<InstructionEvent.Failed>(ReportFailure.Decide(Initial, new("disk full"), Erase, Times, IssuedAt));
        Assert.Empty(Assert.IsType<Decided.Accepted>(ReportFailure.Decide(After(failed), new("disk full"), Erase, Times, IssuedAt.AddMinutes(1))).Events);
    }

    [Fact]
    public void A_failure_needs_a_reason() => Assert.Equal(422, Refused(ReportFailure.Decide(Initial, new(" "), Erase, Times, IssuedAt)).Status);

    [Fact]
    public void A_confirmed_one_cannot_fail() => Assert.Equal(409, Refused(ReportFailure.Decide(After(Confirmed), new("disk full"), Erase, Times, IssuedAt)).Status);

    [Fact]
    public void A_failure_shortly_before_the_deadline_is_told_again_at_the_deadline() =>
        Assert.Equal(Erase.Deadline, Accepted<InstructionEvent.Failed>(ReportFailure.Decide(Initial, new("disk full"), Erase, Times, Erase.Deadline.AddMinutes(-10))).TellAgainAt);

    [Fact]
    public void Past_its_deadline_it_is_escalated_once_and_told_daily()
    {
        var events = Assert.IsType<Decided.Accepted>(TellAgain.Decide(Initial, Erase, Times, Erase.Deadline)).Events;
        var escalated = Assert.IsType<InstructionEvent.Escalated>(events[0]);
        Assert.Equal(Erase.Deadline, escalated.EscalatedAt);
        var retried = Assert.IsType<InstructionEvent.Retried>(events[1]);
        Assert.Equal(Erase.Deadline.AddDays(1), retried.TellAgainAt);
        Assert.Equal(Erase.Deadline.AddDays(2), Accepted<InstructionEvent.Retried>(TellAgain.Decide(After(escalated, retried), Erase, Times, retried.TellAgainAt)).TellAgainAt);
    }

    [Fact]
    public void A_confirmed_one_is_told_no_more() => Assert.Empty(Assert.IsType<Decided.Accepted>(TellAgain.Decide(After(Confirmed), Erase, Times, Erase.Deadline.AddYears(1))).Events);

    [Fact]
    public void Pauses_grow_to_a_day()
    {
        Assert.Equal([1, 2, 4, 8, 16, 24, 24], Enumerable.Range(1, 7).Select(attempt => (int)Times.AfterFailure(attempt).TotalHours));
        Assert.Equal(Times.BetweenReminders, Times.AfterFailure(int.MaxValue));
    }

    [Theory]
    [InlineData(0, 1, 1, "ToAnswer", "BetweenReminders")]
    [InlineData(29 * 24, 24, 1, "ToAnswer")]
    [InlineData(24, 48, 1, "BetweenReminders")]
    [InlineData(24, 0, 0, "BetweenReminders", "AfterFirstFailure")]
    [InlineData(48, 24, 25, "AfterFirstFailure")]
    [InlineData(28 * 24, 24, 1)]
    public void Times_that_cannot_be_are_named_when_the_service_starts(int answer, int reminders, int firstFailure, params string[] faulty)
    {
        var result = new DeadlinesCheck().Validate(null, new Deadlines { ToAnswer = TimeSpan.FromHours(answer), BetweenReminders = TimeSpan.FromHours(reminders), AfterFirstFailure = TimeSpan.FromHours(firstFailure) });
        Assert.Equal(faulty.Select(name => "Deadlines__" + name), (result.Failures ?? []).Select(fault => fault.Split(' ')[0]));
    }

    private static Instruction Initial => Instruction.Aggregate.Initial;

    private static InstructionEvent.Confirmed Confirmed { get; } = new(Erase.InstructionId, Holding, "ps_anna", InstructionAction.Erase, "mail", "log-17", null, IssuedAt.AddHours(1));

    private static Instruction After(params InstructionEvent[] events) => Instruction.Aggregate.Fold(Initial, events);

    private static TEvent Accepted<TEvent>(Decided decided) => Assert.IsType<TEvent>(Assert.Single(Assert.IsType<Decided.Accepted>(decided).Events));

    private static Problem Refused(Decided decided) => Assert.IsType<Decided.Refused>(decided).Problem;
}
