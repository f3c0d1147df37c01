using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Retention.Instructions;

/// <summary>
/// What has to be done about instructions without anybody asking: those unanswered or failed are told again and escalated; of those confirmed, the keys of the record's personal members are destroyed.
/// Each step is one append, and is found again in the register until it is made.
/// </summary>
public sealed class FollowUp(InstructionList instructions, EventStreams streams, DataKeys keys, Turns turns, Deadlines deadlines, TimeProvider time)
{
    /// <summary>Tells again what is to be told again, and escalates what is past its deadline. In turn with legal holds: what one has recalled is told no more.</summary>
    public async Task TellAgainAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var controller in await instructions.ControllersToTellAgainAsync(now, cancellationToken))
        {
            await using var turn = await turns.TakeAsync(controller, cancellationToken);
            var due = await instructions.ToTellAgainAsync(controller, now, cancellationToken);
            await Parallel.ForEachAsync(due, With(cancellationToken), (row, cancel) => new ValueTask(AppendAsync(controller, row, state => TellAgain.Decide(state, row.Issued, deadlines, now), cancel)));
        }
    }

    /// <summary>Destroys the keys of records that are confirmed to be erased or anonymised, those of a controller together. A second time finds nothing to destroy, and says so.</summary>
    public async Task DestroyKeysAsync(CancellationToken cancellationToken)
    {
        foreach (var ofOne in (await instructions.WithKeysAsync(cancellationToken)).GroupBy(one => one.Controller, one => one.Row, StringComparer.Ordinal))
        {
            var records = ofOne.Select(row => (Row: row, Streams: StreamsOf(ofOne.Key, row.Issued))).ToArray();
            var destroyed = await keys.DestroyAsync(ofOne.Key, subject: null, [.. records.SelectMany(record => record.Streams)], cancellationToken);
            await Parallel.ForEachAsync(records, With(cancellationToken), (record, cancel) => new ValueTask(
                AppendAsync(ofOne.Key, record.Row, state => DecideKeys(state, record.Row.Issued, destroyed.In(record.Streams), destroyed.ConfirmedAt), cancel)));
        }
    }

    /// <summary>The keys of a confirmed erasure are destroyed once.</summary>
    public static Decided DecideKeys(Instruction state, IssuedInstruction issued, int destroyed, DateTimeOffset forgottenAt) => state is Instruction.Closed { KeysDestroyed: null }
        ? Decided.Accept(StatusCodes.Status200OK, new InstructionEvent.KeysDestroyed(issued.InstructionId, issued.HoldingId, destroyed, forgottenAt))
        : Decided.Accept(StatusCodes.Status200OK);

    /// <summary>Every stream in which this service may hold personal members about one holding.</summary>
    private static string[] StreamsOf(string controller, IssuedInstruction issued) =>
    [
        Holdings.HoldingRecord.Aggregate.StreamOf(issued.HoldingId.ToString()),
        .. Enum.GetValues<InstructionAction>().Select(action => Instruction.Aggregate.StreamOf(InstructionId.Of(controller, issued.HoldingId, action).ToString())),
    ];

    // A conflict: the system has just answered. What is still to be done is found again.
    private async Task AppendAsync(string controller, InstructionRow row, Func<Instruction, Decided> decide, CancellationToken cancellationToken)
    {
        var id = row.Issued.InstructionId.ToString();
        var (state, version) = await streams.LoadAsync(Instruction.Aggregate, controller, id, cancellationToken: cancellationToken);
        if (decide(state) is Decided.Accepted { Events: { Count: > 0 } events })
        {
            await streams.AppendAsync(
                controller, Instruction.Aggregate.StreamOf(id), ExpectedVersion.Exactly(version), events, new EventMetadata(id, id, "retention") { Subjects = [row.Issued.Subject] },
                new AppendOptions { StreamType = Instruction.Aggregate.Name, Priority = AppendPriority.Bulk }, cancellationToken);
        }
    }

    private static ParallelOptions With(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken };
}
