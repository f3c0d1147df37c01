using System.Globalization;
using Integritet.Platform.EventStore.Appending;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.Platform.EventStore.Reading;

/// <summary>Listens for other writers' commits on a connection of its own. While it has none, readers poll.</summary>
internal sealed partial class CommitListener(string connectionString, CommitSignal signal, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task? _listening;

    /// <summary>Begins to listen at the first call.</summary>
    public void Start()
    {
        lock (_lock)
            _listening ??= Task.Run(ListenAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_listening is not null)
            await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        // The keep-alive finds a connection that died without a word.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = 10, ApplicationName = "integritet-listener" };
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = new NpgsqlConnection(settings.ConnectionString);
                connection.Notification += (_, notification) => signal.Advance(long.Parse(notification.Payload, CultureInfo.InvariantCulture));
                await connection.OpenAsync(_stop.Token);
                await using (var listen = new NpgsqlCommand($"listen {AppendSql.Channel}", connection))
                    await listen.ExecuteNonQueryAsync(_stop.Token);
                // What was committed before we listened was told to nobody.
                await using (var head = new NpgsqlCommand("select coalesce(max(seq_id), 0) from mt_events", connection))
                    signal.Advance((long)(await head.ExecuteScalarAsync(_stop.Token))!);
                while (true)
                    await connection.WaitAsync(_stop.Token);
            }
            catch (Exception e) when (!_stop.IsCancellationRequested)
            {
                Lost(e);
                await Task.Delay(RetryPause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not listening for commits; readers poll until the connection is back")]
    private partial void Lost(Exception exception);
}
