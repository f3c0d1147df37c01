namespace Integritet.Platform.EventStore;

/// <summary>Configuration section <c>EventStore</c>; validated at start.</summary>
public sealed class EventStoreOptions
{
    /// <summary>Npgsql connection string of the service's own database. Never logged.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary><c>Postgres</c> (default) or <c>Marten</c> (only in a build with <c>-p:UseMarten=true</c>).</summary>
    public string Writer { get; set; } = "Postgres";

    /// <summary>Most appends taken into one transaction.</summary>
    public int MaxBatchAppends { get; set; } = 256;

    /// <summary>Most events taken into one transaction.</summary>
    public int MaxBatchEvents { get; set; } = 4096;

    /// <summary>Most bytes of event data taken into one transaction.</summary>
    public int MaxBatchBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Most appends that may wait; past it, callers get <see cref="EventStoreUnavailableException"/>.</summary>
    public int MaxQueuedAppends { get; set; } = 10_000;

    /// <summary>How long an append may wait for the lock, in milliseconds.</summary>
    public int LockTimeoutMs { get; set; } = 5_000;

    /// <summary>How long an append may take in all before its caller is told that its outcome is unknown, in milliseconds.</summary>
    public int AppendTimeoutMs { get; set; } = 15_000;
}
