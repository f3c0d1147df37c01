using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Retention.Instructions;

namespace Integritet.Retention.Runs;

/// <summary>What a plan came to.</summary>
/// <param name="AsOf">What was due at this instant.</param>
/// <param name="PlanHash">See <see cref="Runs.PlanHash"/>.</param>
/// <param name="Due">Items to instruct.</param>
/// <param name="OnHold">Items that would be due, and stay because of a legal hold.</param>
/// <param name="NotDue">What else is held.</param>
public sealed record PlanSummary(DateTimeOffset AsOf, string PlanHash, long Due, long OnHold, long NotDue);

/// <summary>What can happen to a run. Its items are listed in <see cref="RunPages"/>, which the plan hash proves.</summary>
public abstract record RunEvent
{
    private RunEvent() { }

    /// <summary>A dry run: nothing is instructed by it.</summary>
    [StoredEvent("run-planned.v1")]
    public sealed record Planned(Guid RunId, PlanSummary Plan) : RunEvent;

    /// <summary>A real run has its plan, and instructs it page by page.</summary>
    /// <param name="RunId">The run.</param>
    /// <param name="Plan">What it instructs.</param>
    /// <param name="Schedule">The schedule by which it runs, as <c>daily-03:00</c>; null: an officer runs it.</param>
    /// <param name="DryRunId">The dry run whose plan the officer approved.</param>
    [StoredEvent("run-started.v1")]
    public sealed record Started(Guid RunId, PlanSummary Plan, string? Schedule, Guid? DryRunId) : RunEvent;

    /// <summary>Every item of its plan is instructed, or was found to be held, changed or instructed already when its turn came.</summary>
    [StoredEvent("run-completed.v1")]
    public sealed record Completed(Guid RunId, long Instructed, DateTimeOffset CompletedAt) : RunEvent;
}

/// <summary>One run, as far as its commands and its execution need it.</summary>
public abstract record Run
{
    private Run() { }

    /// <summary>Streams <c>run-{id}</c>.</summary>
    public static Aggregate<Run> Aggregate { get; } = new("run", new Unplanned(), Evolve);

    /// <summary>There is none.</summary>
    public sealed record Unplanned : Run;

    /// <summary>A dry run.</summary>
    public sealed record Dry(RunEvent.Planned Planned) : Run;

    /// <summary>A real one, <paramref name="Pages"/> of whose pages have been instructed.</summary>
    public sealed record UnderWay(RunEvent.Started Started, int Pages, long Instructed) : Run;

    /// <summary>A real one that is through.</summary>
    public sealed record Done(RunEvent.Started Started, RunEvent.Completed Completed) : Run;

    public static Run Evolve(Run state, object @event) => (state, @event) switch
    {
        (Unplanned, RunEvent.Planned e) => new Dry(e),
        (Unplanned, RunEvent.Started e) => new UnderWay(e, 0, 0),
        (UnderWay run, InstructionsIssued e) => run with { Pages = e.Page + 1, Instructed = run.Instructed + e.Items.Count },
        (UnderWay run, RunEvent.Completed e) => new Done(run.Started, e),
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on {state.GetType().Name}."),
    };
}
