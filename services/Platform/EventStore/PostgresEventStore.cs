using System.Runtime.CompilerServices;
using System.Text;
using Integritet.Platform.EventStore.Appending;
using Integritet.Platform.EventStore.Reading;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.Platform.EventStore;

/// <summary>An event store on Marten's tables: the same reading for every writer. The verbs are in <c>Appending</c> and <c>Reading</c>.</summary>
internal sealed class PostgresEventStore : IEventStore, IAsyncDisposable
{
    private readonly GroupCommit _writer;
    private readonly LogReader _log;
    private readonly CommitSignal _signal = new();
    private readonly CommitListener _listener;
    private readonly Subscription _subscription;
    private readonly AppendLimits _limits;

    /// <summary>A store that writes by group commit; <paramref name="insert"/> and <paramref name="maxAppends"/> make another writer of it.</summary>
    public PostgresEventStore(
        NpgsqlDataSource dataSource, EventStoreOptions options, TimeProvider time, ILoggerFactory loggers, InsertEvents? insert = null, int? maxAppends = null)
    {
        var logger = loggers.CreateLogger<PostgresEventStore>();
        _limits = new AppendLimits(options);
        _log = new LogReader(dataSource, time);
        _listener = new CommitListener(options.ConnectionString, _signal, logger);
        _subscription = new Subscription(_log, _signal, TimeSpan.FromMilliseconds(options.PollIntervalMs), logger);
        _writer = new GroupCommit(options, time, loggers.CreateLogger<GroupCommit>(), _signal.Advance, insert, maxAppends);
    }

    public Task<AppendResult> AppendAsync(Append append, CancellationToken cancellationToken = default)
    {
        _limits.Check(append);
        return _writer.AppendAsync(append, cancellationToken);
    }

    public Task<IReadOnlyList<RecordedEvent>> ReadStreamAsync(
        string tenant, string stream, long afterVersion = 0, long upToPosition = long.MaxValue, CancellationToken cancellationToken = default) =>
        Outage.TranslateAsync(_log.ReadStreamAsync(tenant, stream, afterVersion, upToPosition, cancellationToken));

    public IAsyncEnumerable<RecordedEvent> ReadAllAsync(long afterPosition, int limit, CancellationToken cancellationToken = default) =>
        Outage.TranslateAsync(_log.ReadAllAsync(afterPosition, limit, cancellationToken), cancellationToken);

    public Task<long> HeadAsync(CancellationToken cancellationToken = default) => Outage.TranslateAsync(_log.HeadAsync(cancellationToken));

    public Task<long> PositionAtAsync(DateTimeOffset instant, CancellationToken cancellationToken = default) =>
        Outage.TranslateAsync(_log.PositionAtAsync(instant, cancellationToken));

    public Task<IdempotencyRecord?> FindIdempotencyAsync(IdempotencyScope scope, CancellationToken cancellationToken = default) =>
        Outage.TranslateAsync(_log.FindIdempotencyAsync(scope, cancellationToken));

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(long afterPosition, int maxBatch, CancellationToken cancellationToken = default)
    {
        _listener.Start();
        return _subscription.FollowAsync(afterPosition, maxBatch, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _listener.DisposeAsync();
    }
}

/// <summary>What an append may be at most, checked before it meets anybody else's.</summary>
internal sealed class AppendLimits(EventStoreOptions options)
{
    /// <summary>Longest tenant, stream, event type or metadata text, in UTF-16 units. Marten's type column takes 500.</summary>
    public const int MaxText = 500;

    /// <summary>Most subjects one append may name.</summary>
    public const int MaxSubjects = 1_000;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Throws <see cref="ArgumentException"/> for what no transaction could take.</summary>
    public void Check(Append append)
    {
        Check(append.Tenant, nameof(append.Tenant));
        Check(append.Stream, nameof(append.Stream));
        Check(append.StreamType, nameof(append.StreamType));
        Check(append.Metadata.CorrelationId, nameof(EventMetadata.CorrelationId));
        Check(append.Metadata.CausationId, nameof(EventMetadata.CausationId));
        Check(append.Metadata.Actor, nameof(EventMetadata.Actor));
        Check(append.Metadata.TraceParent, nameof(EventMetadata.TraceParent));
        CheckSubjects(append.Metadata.Subjects);
        Require(append.Events.Count <= options.MaxBatchEvents, $"An append has at most {options.MaxBatchEvents} events.");
        long bytes = 0;
        foreach (var one in append.Events)
        {
            Check(one.Type, nameof(EventToAppend.Type));
            Check(one.DotNetType, nameof(EventToAppend.DotNetType));
            CheckSubjects(one.Subjects ?? []);
            bytes += one.Data.Length;
        }
        Require(bytes <= options.MaxBatchBytes, $"An append has at most {options.MaxBatchBytes} bytes of data.");
    }

    private static void CheckSubjects(IReadOnlyList<string> subjects)
    {
        foreach (var subject in subjects)
            Check(subject, nameof(EventMetadata.Subjects));
        Require(subjects.Count <= MaxSubjects, $"An event names at most {MaxSubjects} subjects.");
    }

    private static void Check(string? text, string what)
    {
        if (text is null)
            return;
        Require(text.Length <= MaxText, $"{what} is longer than {MaxText}.");
        Require(!text.Contains('\0'), $"{what} contains U+0000.");
        _ = StrictUtf8.GetByteCount(text); // throws for a lone surrogate, which would otherwise fail on the wire
    }

    private static void Require(bool holds, string message, [CallerArgumentExpression(nameof(holds))] string? condition = null)
    {
        if (!holds)
            throw new ArgumentException(message, condition);
    }
}
