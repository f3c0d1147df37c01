using Integritet.Platform.EventStore;
using Microsoft.AspNetCore.Http;

namespace Integritet.Platform.Hosting;

/// <summary>
/// Runs a command on one aggregate: loads, lets <c>Decide</c> decide, appends on the version decided on; decides anew when somebody was faster, and answers a repeat again.
/// </summary>
public sealed class Commands
{
    private const int MaxAttempts = 16;

    private readonly IEventStore _store;
    private readonly EventStreams _streams;
    private readonly Idempotency _idempotency;

    internal Commands(IEventStore store, EventStreams streams, Idempotency idempotency) => (_store, _streams, _idempotency) = (store, streams, idempotency);

    /// <summary>Runs one command.</summary>
    /// <param name="command">From <c>http.Command()</c>.</param>
    /// <param name="aggregate">What kind of resource.</param>
    /// <param name="id">Which one; of a new one, its new id.</param>
    /// <param name="decide">Pure. May be called several times.</param>
    /// <param name="answer">Builds the answer from the resource's state, for the first request and for its repeats, under the rights of the caller of that moment.</param>
    /// <param name="isNew">True when <paramref name="id"/> was made for this command: spares the read.</param>
    /// <param name="concerns">Tells of the resource whose it is, where the request does not: see <see cref="CommandContext.Concerning"/>.</param>
    /// <param name="requireIfMatch">428 when the request has no <c>If-Match</c>. One that is sent is always honoured.</param>
    public async Task<IResult> RunAsync<TState>(
        CommandContext command, Aggregate<TState> aggregate, string id, Func<TState, Decided> decide, Func<Answered<TState>, IResult> answer,
        Func<TState, IReadOnlyList<string>>? concerns = null, bool isNew = false, bool requireIfMatch = false)
    {
        var cancel = command.Http.RequestAborted;
        var idempotency = Idempotency.ScopeOf(command) is { } scope ? new IdempotencyRecord(scope, await _idempotency.HashAsync(command.Http), 0, id) : null;
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var loaded = isNew ? new Loaded<TState>(aggregate.Initial, 0) : await _streams.LoadAsync(aggregate, command.Controller, id, cancellationToken: cancel);
            if (concerns is not null)
                command = command.Concerning(concerns(loaded.State));
            var decided = EntityTags.Check(command.Http, loaded.Version, requireIfMatch) is { } stale ? Decided.Refuse(stale) : decide(loaded.State);
            switch (decided)
            {
                // A twin that was faster may be why this one is refused: then it is a repeat, and answered as such.
                case Decided.Refused refused:
                    return await RepeatAsync(command, aggregate, idempotency, answer) ?? refused.Problem;
                case Decided.Accepted { Events.Count: 0 } accepted when idempotency is null:
                    return answer(new(accepted.Status, id, loaded.State, loaded.Version, Repeated: false));
                case Decided.Accepted accepted:
                    if (await AppendAsync(command, aggregate, id, loaded, accepted, idempotency, answer) is { } result)
                        return result;
                    break;
                default:
                    throw new InvalidOperationException($"{decided.GetType()} is no decision.");
            }
        }

        return Problems.Unavailable("Too many others are changing this resource at the same time.", retryAfterSeconds: 1);
    }

    // Null: the stream has moved, decide again.
    private async Task<IResult?> AppendAsync<TState>(
        CommandContext command, Aggregate<TState> aggregate, string id, Loaded<TState> loaded, Decided.Accepted accepted, IdempotencyRecord? idempotency, Func<Answered<TState>, IResult> answer)
    {
        var options = new AppendOptions { StreamType = aggregate.Name, Idempotency = idempotency is null ? null : idempotency with { Status = accepted.Status } };
        var result = await _streams.AppendAsync(
            command.Controller, aggregate.StreamOf(id), ExpectedVersion.Exactly(loaded.Version), accepted.Events, command.Metadata, options, command.Http.RequestAborted);
        return result switch
        {
            AppendResult.Appended done => answer(new(accepted.Status, id, aggregate.Fold(loaded.State, accepted.Events), done.Version, Repeated: false)),
            AppendResult.Repeated repeated => await RepeatAsync(command, aggregate, idempotency!, repeated.First, answer),
            AppendResult.VersionConflict => null,
            _ => throw new InvalidOperationException($"A command's append cannot end as {result.GetType()}."),
        };
    }

    private async Task<IResult?> RepeatAsync<TState>(CommandContext command, Aggregate<TState> aggregate, IdempotencyRecord? idempotency, Func<Answered<TState>, IResult> answer) =>
        idempotency is not null && await _store.FindIdempotencyAsync(idempotency.Scope, command.Http.RequestAborted) is { } first
            ? await RepeatAsync(command, aggregate, idempotency, first, answer)
            : null;

    private async Task<IResult> RepeatAsync<TState>(
        CommandContext command, Aggregate<TState> aggregate, IdempotencyRecord idempotency, IdempotencyRecord first, Func<Answered<TState>, IResult> answer)
    {
        if (!Idempotency.SameRequest(first, idempotency.RequestHash))
        {
            return Problems.Unprocessable(
                "This Idempotency-Key was used for another request.", new ProblemError("Take a new key for a new request.", "#header/Idempotency-Key", "idempotency-key-reused"));
        }

        var loaded = await _streams.LoadAsync(aggregate, command.Controller, first.ResourceId, cancellationToken: command.Http.RequestAborted);
        return answer(new(first.Status, first.ResourceId, loaded.State, loaded.Version, Repeated: true));
    }
}
