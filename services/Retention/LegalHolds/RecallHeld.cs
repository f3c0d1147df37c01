using System.Collections.Immutable;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Retention.Instructions;
using Integritet.Retention.Subjects;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.LegalHolds;

/// <summary>Instructions under way that a hold has come to cover: their systems are told to stop.</summary>
/// <param name="HoldId">The hold, or the case that is one.</param>
/// <param name="Recalled">At most a thousand.</param>
[StoredEvent("instructions-recalled.v1")]
public sealed record InstructionsRecalled(Guid HoldId, IReadOnlyList<RecalledInstruction> Recalled, DateTimeOffset RecalledAt);

/// <summary>What one hold has recalled, beside what it recalled when it was placed.</summary>
public sealed record Recalls(ImmutableList<RecalledInstruction> Instructions)
{
    /// <summary>Streams <c>recalls-{id}</c>, one for each hold.</summary>
    public static Aggregate<Recalls> Aggregate { get; } = new("recalls", new Recalls([]), Evolve);

    public static Recalls Evolve(Recalls state, object @event) => @event is InstructionsRecalled e
        ? new Recalls(state.Instructions.AddRange(e.Recalled))
        : throw new InvalidOperationException($"{@event.GetType().Name} recalls nothing.");
}

/// <summary>Takes back the instructions under way on whatever is held. What is recalled is not found again, so it may be done any number of times.</summary>
public sealed class RecallHeld(NpgsqlDataSource database, EventStreams streams, TimeProvider time)
{
    private const int MaxAtOnce = 1_000;

    // Of several holds on one thing the first by id recalls it.
    private static readonly string HeldSql =
        $"""
        with {SubjectLinks.PersonSql(StandingHolds.SubjectsNow, StandingHolds.Latest)},
        {StandingHolds.Now}
        select distinct on (i.instruction_id) i.instruction_id, i.holding_id, i.action, i.system, i.reference, i.subject, c.hold_id
        from (
            select s.hold_id, p.subject, null::uuid as holding_id from standing s join person p on p.origin = s.subject
            union all
            select s.hold_id, null, s.holding_id from standing s where s.subject is null) c
        join {InstructionRegister.Table} i on i.tenant_id = $1 and i.status in ('issued', 'failed')
          and (i.subject = c.subject or i.holding_id = c.holding_id or (c.subject is null and c.holding_id is null))
        order by i.instruction_id, c.hold_id limit {MaxAtOnce}
        """;

    /// <summary>Recalls everything of a controller that is held. The caller has the turn (<see cref="Turns"/>), so that nothing is instructed meanwhile.</summary>
    public async Task RecallAsync(string controller, CancellationToken cancel)
    {
        List<Found> found;
        do
        {
            found = await Outage.TranslateAsync(FindAsync(controller, cancel));
            foreach (var ofOne in found.GroupBy(one => one.HoldId))
                await AppendAsync(controller, ofOne.Key, [.. ofOne], cancel);
        }
        while (found.Count == MaxAtOnce);
    }

    /// <summary>Whether anything of a controller is held.</summary>
    public async Task<bool> AnyStandsAsync(string controller, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"with {StandingHolds.Now} select exists (select from standing)");
        command.Parameters.Add(Text(controller));
        return (bool)(await Outage.TranslateAsync(command.ExecuteScalarAsync(cancel)))!;
    }

    private async Task AppendAsync(string controller, Guid holdId, IReadOnlyList<Found> found, CancellationToken cancel)
    {
        var id = Guid.CreateVersion7().ToString();
        await streams.AppendAsync(
            controller, Recalls.Aggregate.StreamOf(holdId.ToString()), ExpectedVersion.Any, [new InstructionsRecalled(holdId, [.. found.Select(one => one.Instruction)], time.GetUtcNow())],
            new EventMetadata(id, holdId.ToString(), "retention") { Subjects = [.. found.Select(one => one.Subject).Distinct(StringComparer.Ordinal)] }, new AppendOptions { StreamType = Recalls.Aggregate.Name }, cancel);
    }

    private async Task<List<Found>> FindAsync(string controller, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(HeldSql);
        command.Parameters.Add(Text(controller));
        await using var row = await command.ExecuteReaderAsync(cancel);
        var found = new List<Found>();
        while (await row.ReadAsync(cancel))
            found.Add(new Found(row.GetGuid(6), row.GetString(5), new RecalledInstruction(row.GetGuid(0), row.GetGuid(1), InstructionId.ActionOf(row.GetString(2)), row.GetString(3), row.GetString(4))));
        return found;
    }

    private sealed record Found(Guid HoldId, string Subject, RecalledInstruction Instruction);
}
