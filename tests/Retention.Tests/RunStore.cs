using System.Security.Cryptography;
using Integritet.Platform.EventStore;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;
using Integritet.Retention.Instructions;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Runs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Integritet.Retention.Tests;

/// <summary>The service's store and what runs on it, without HTTP: a database of its own, a clock to be set, and appends that can be made to fail.</summary>
public sealed class RunStore : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("retention-runs-").FullName;
    private PostgresServer? _postgres;
    private ServiceProvider? _services;

    public SetClock Clock { get; } = new();

    /// <summary>Of its database.</summary>
    public string ConnectionString { get; private set; } = "";

    public AppendFaults Faults { get; } = new();

    public NpgsqlDataSource Database => Get<NpgsqlDataSource>();

    public EventStreams Streams => Get<EventStreams>();

    public T Get<T>()
        where T : notnull => _services!.GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        ConnectionString = await _postgres.CreateDatabaseAsync();
        var key = Path.Combine(_directory, "pseudonym.key");
        await File.WriteAllTextAsync(key, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([
            new("EventStore:ConnectionString", ConnectionString), new("PersonalData:PseudonymKeyFile", key),
            new("PersonalData:KeyEncryptionKey", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))),
        ]).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(Clock).AddSingleton<IConfiguration>(configuration)
            .AddEventStore(configuration, StoredEvents.In(typeof(RetentionParts).Assembly, LocalPolicies.Events), RetentionParts.Projections)
            .AddPersonalData(configuration.GetSection("PersonalData")).AddSingleton<PolicyVersions>().AddPlans().AddRuns();
        services.AddSingleton(provider => new EventStreams(Faults.Around(provider.GetRequiredService<IEventStore>()), provider.GetRequiredService<IEventSerializer>()));
        _services = services.BuildServiceProvider();
        foreach (var hosted in _services.GetServices<IHostedService>())
            await hosted.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            foreach (var hosted in _services.GetServices<IHostedService>())
                await hosted.StopAsync(CancellationToken.None);
            await _services.DisposeAsync();
        }

        if (_postgres is not null)
            await _postgres.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>A clock that stands where it is put.</summary>
public sealed class SetClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>Makes an append fail as if the process had been killed: before it reached the store, or after it was committed.</summary>
public sealed class AppendFaults
{
    private int? _until;
    private bool _afterCommit;

    /// <summary>The append after this many ends by a kill.</summary>
    public void KillAfter(int appends, bool afterCommit) => (_until, _afterCommit) = (appends, afterCommit);

    public void Heal() => _until = null;

    internal IEventStore Around(IEventStore store) => new Faulty(store, this);

    private async Task<AppendResult> AppendAsync(Func<Task<AppendResult>> append)
    {
        if (_until is null || --_until >= 0)
            return await append();
        if (_afterCommit)
            await append();
        throw new KilledException();
    }

    private sealed class Faulty(IEventStore store, AppendFaults faults) : IEventStore
    {
        public Task<AppendResult> AppendAsync(Append append, CancellationToken cancellationToken = default) => faults.AppendAsync(() => store.AppendAsync(append, cancellationToken));

        public Task<IReadOnlyList<RecordedEvent>> ReadStreamAsync(string tenant, string stream, long afterVersion = 0, long upToPosition = long.MaxValue, CancellationToken cancellationToken = default) =>
            store.ReadStreamAsync(tenant, stream, afterVersion, upToPosition, cancellationToken);

        public IAsyncEnumerable<RecordedEvent> ReadAllAsync(long afterPosition, int limit, CancellationToken cancellationToken = default) => store.ReadAllAsync(afterPosition, limit, cancellationToken);

        public Task<long> HeadAsync(CancellationToken cancellationToken = default) => store.HeadAsync(cancellationToken);

        public Task<long> PositionAtAsync(DateTimeOffset instant, CancellationToken cancellationToken = default) => store.PositionAtAsync(instant, cancellationToken);

        public Task<IdempotencyRecord?> FindIdempotencyAsync(IdempotencyScope scope, CancellationToken cancellationToken = default) => store.FindIdempotencyAsync(scope, cancellationToken);

        public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(long afterPosition, int maxBatch, CancellationToken cancellationToken = default) => store.SubscribeAsync(afterPosition, maxBatch, cancellationToken);
    }
}

/// <summary>The process is gone.</summary>
public sealed class KilledException : Exception;

/// <summary>A controller of its own for each test, with what a test does to it.</summary>
internal sealed class TestController(RunStore store)
{
    private static readonly EventMetadata Anybody = new("test", "test", "test");

    public string Id { get; } = $"c-{Guid.CreateVersion7():n}";

    /// <summary>Registers holdings as an import does, a thousand to an event; due an hour ago unless said otherwise.</summary>
    public async Task<IReadOnlyList<Guid>> HoldAsync(int count, DateTimeOffset? dueAt = null, string subject = "ps_anna", RetentionAct act = RetentionAct.Erase, bool atOnce = false, string rule = "NI-1")
    {
        var recordedAt = store.Clock.Now.AddDays(-28).AddHours(-1);
        var due = atOnce ? recordedAt : dueAt ?? store.Clock.Now.AddHours(-1);
        var plan = new PlanTold(rule, due, atOnce ? recordedAt : due.AddMinutes(30), null, act, act == RetentionAct.MoveThenErase ? "case" : null);
        var ids = new List<Guid>();
        foreach (var chunk in Enumerable.Range(0, count).Chunk(1_000))
        {
            var holdings = chunk.Select(_ => new ImportedHolding(
                Guid.CreateVersion7(), 1, new HeldData(subject, "mail", Guid.CreateVersion7().ToString("n"), ["network-log"], ["network-operation"], recordedAt), plan)).ToArray();
            await AppendAsync("import-1", new HoldingsImported("import-1", 1, chunk.Length, 0, 0, 1, long.MaxValue, holdings.Length, ImportedGroup.Of(holdings)));
            ids.AddRange(holdings.Select(h => h.HoldingId));
        }

        return ids;
    }

    public Task PlaceHoldAsync(Guid holdId, string? subject = null, IReadOnlyList<Guid>? holdings = null, IReadOnlyList<RecalledInstruction>? recalled = null) =>
        AppendAsync($"legal-hold-{holdId}", new LegalHoldEvent.Placed(holdId, "court-17", $"legal-hold-{holdId}", "announced order", subject, holdings ?? [], recalled ?? [], store.Clock.Now));

    public Task ReleaseAsync(Guid holdId) => AppendAsync($"legal-hold-{holdId}", new LegalHoldEvent.Released(holdId, $"legal-hold-{holdId}", "no order came", store.Clock.Now));

    public Task ConfirmAsync(IssuedInstruction issued) => AppendAsync(
        $"instruction-{issued.InstructionId}", new InstructionEvent.Confirmed(issued.InstructionId, issued.HoldingId, issued.Subject, issued.Action, issued.System, "log-17", null, store.Clock.Now));

    public Task<PlanSummary> PlanAsync(Guid? runId = null, DateTimeOffset? asOf = null) => store.Get<RunPlanner>().PlanAsync(Id, runId ?? Guid.CreateVersion7(), asOf ?? store.Clock.Now, scheduled: false, Cancel);

    /// <summary>Plans a real run and records its start.</summary>
    public async Task<(Guid RunId, PlanSummary Plan)> StartRunAsync()
    {
        var runId = Guid.CreateVersion7();
        var plan = await PlanAsync(runId);
        await AppendAsync($"run-{runId}", new RunEvent.Started(runId, plan, null, null));
        return (runId, plan);
    }

    public Task<List<InstructionRow>> InstructionsAsync() => store.Get<InstructionList>().ListAsync(Id, null, ["*"], null, overdue: false, (0, Guid.Empty), 100_000, Cancel);

    /// <summary>As the planner leaves rows that it has planned anew.</summary>
    public async Task PlanAnewAsync()
    {
        await using var command = store.Database.CreateCommand("update holding set stale = false where tenant_id = $1");
        command.Parameters.Add(new() { Value = Id });
        await command.ExecuteNonQueryAsync(Cancel);
    }

    public async Task<string> StatusOfAsync(Guid holding)
    {
        await using var command = store.Database.CreateCommand("select status from holding where tenant_id = $1 and holding_id = $2");
        command.Parameters.Add(new() { Value = Id });
        command.Parameters.Add(new() { Value = holding });
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }

    public async Task AppendAsync(string stream, object @event) =>
        Assert.IsType<AppendResult.Appended>(await store.Streams.AppendAsync(Id, stream, ExpectedVersion.Any, [@event], Anybody, cancellationToken: Cancel));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
