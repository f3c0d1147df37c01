using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Retention.Instructions;

/// <summary>
/// What has to be done about instructions without anybody asking: those unanswered or failed are told again and escalated; of those confirmed, the keys of the record's personal members are destroyed.
/// Each step is one append, and is found again in the register until it is made.
/// </summary>
public sealed class FollowUp(InstructionList instructions, EventStreams streams, DataKeys keys, TimeProvider time)
{

    /// <summary>Tells again what is to be told again, and escalates what is past its deadline.</summary>
    public async Task TellAgainAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var due = await instructions.ToTellAgainAsync(now, cancellationToken);
        await Parallel.ForEachAsync(due, With(cancellationToken), (one, cancel) => new ValueTask(AppendAsync(one.Controller, one.Row, state => TellAgain.Decide(state, one.Row.Issued, now), cancel)));
    }

    /// <summary>Destroys the keys of records that are confirmed to be erased or anonymised. A second time finds nothing to destroy, and says so.</summary>
    public async Task DestroyKeysAsync(CancellationToken cancellationToken)
    {
        foreach (var ofOne in (await instructions.WithKeysAsync(cancellationToken)).GroupBy(one => one.Controller, one => one.Row, StringComparer.Ordinal))
        {
            foreach (var row in ofOne)
            {
                var destroyed = await keys.DestroyAsync(ofOne.Key, subject: null, StreamsOf(ofOne.Key, row.Issued), cancellationToken);
                await AppendAsync(ofOne.Key, row, state => DecideKeys(state, row.Issued, destroyed), cancellationToken);
            }
        }
    }

    /// <summary>The keys of a confirmed erasure are destroyed once.</summary>
    public static Decided DecideKeys(Instruction state, IssuedInstruction issued, Destruction destroyed) => state is Instruction.Closed { KeysDestroyed: null }
        ? Decided.Accept(StatusCodes.Status200OK, new InstructionEvent.KeysDestroyed(issued.InstructionId, issued.HoldingId, destroyed.Keys, destroyed.ConfirmedAt))
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
