#if USE_MARTEN
using System.Runtime.ExceptionServices;
using Integritet.Platform.EventStore.Appending;
using JasperFx.Events;
using Marten;
using Marten.Services;
using Npgsql;

namespace Integritet.Platform.EventStore.Marten;

/// <summary>
/// Lets the Marten package insert the events: one append per transaction, on the transaction that holds the lock. Everything around it, from the queue to the resolution of
/// a lost COMMIT, is the default writer's.
/// </summary>
internal sealed class MartenAppends(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private readonly DocumentStore _marten = MartenTables.Open(dataSource);

    /// <summary>Has Marten create its functions.</summary>
    public Task PrepareAsync(CancellationToken cancellationToken) =>
        _marten.Storage.ApplyAllConfiguredChangesToDatabaseAsync().WaitAsync(cancellationToken);

    /// <summary>Appends with Marten. Its own version check runs too, and its numbers must be the decided ones.</summary>
    public async Task InsertAsync(NpgsqlTransaction transaction, IReadOnlyList<AppendDecision> decisions, EventRows rows)
    {
        var append = decisions[0].Append;
        var session = SessionOptions.ForTransaction(transaction);
        session.TenantId = append.Tenant;
        await using var marten = _marten.LightweightSession(session);
        var action = marten.Events.Append(append.Stream, rows.Versions[^1], [.. append.Events.Select((one, i) => (object)Wrap(append, one, rows.Stamps[i]))]);
        for (var i = 0; i < append.Events.Count; i++)
            (action.Events[i].EventTypeName, action.Events[i].DotNetTypeName) = (append.Events[i].Type, append.Events[i].DotNetType);
        await SaveAsync(marten);
        for (var i = 0; i < append.Events.Count; i++)
        {
            if (action.Events[i].Sequence != rows.Positions[i])
                throw new InvalidOperationException($"Marten gave position {action.Events[i].Sequence} to an event decided to have {rows.Positions[i]}; nothing was stored.");
        }
    }

    public ValueTask DisposeAsync() => _marten.DisposeAsync();

    /// <summary>Saves; what Marten wraps comes out as Npgsql threw it, since it tells an outage from a refusal.</summary>
    private static async Task SaveAsync(IDocumentSession marten)
    {
        try
        {
            await marten.SaveChangesAsync();
        }
        catch (Exception e) when (e.InnerException is NpgsqlException)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
        }
    }

    private static Event<StoredJson> Wrap(Append append, EventToAppend one, DateTime stamp)
    {
        var metadata = append.Metadata;
        var wrapped = new Event<StoredJson>(new StoredJson(one.Data))
        {
            Id = one.Id, Timestamp = new DateTimeOffset(stamp, TimeSpan.Zero),
            CorrelationId = metadata.CorrelationId, CausationId = metadata.CausationId, UserName = metadata.Actor,
        };
        if ((one.Subjects ?? metadata.Subjects) is { Count: > 0 } subjects)
            wrapped.SetHeader(EventHeaders.Subjects, subjects);
        if (metadata.TraceParent is not null)
            wrapped.SetHeader(EventHeaders.TraceParent, metadata.TraceParent);
        return wrapped;
    }
}
#endif
