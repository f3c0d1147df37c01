using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace Integritet.Platform.Messaging;

/// <summary>Opens connections that don't recover by themselves: whoever works on one opens another when it fails, so that what was unconfirmed is published again by its owner.</summary>
internal sealed class Broker(IOptions<RabbitMqOptions> options, MessagingBuilder messaging)
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    public TimeSpan PublishTimeout { get; } = TimeSpan.FromMilliseconds(options.Value.PublishTimeoutMs);

    public Task<IConnection> ConnectAsync(string purpose, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            Uri = new Uri(options.Value.Uri),
            ClientProvidedName = $"{messaging.Service} {purpose}",
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
            RequestedConnectionTimeout = TimeSpan.FromSeconds(5),
            ContinuationTimeout = TimeSpan.FromSeconds(10),
        };
        return factory.CreateConnectionAsync(cancellationToken);
    }

    /// <summary>Works on one connection after the other until it is asked to stop. When the work on one ends or fails, the next is opened after a pause.</summary>
    /// <param name="purpose">Names the connections at the broker.</param>
    /// <param name="work">The work on one connection; resets the pause whenever something is done.</param>
    /// <param name="failed">Told why a connection was given up, and of the pause.</param>
    /// <param name="stopping">Asks to stop; then this returns.</param>
    public async Task StayConnectedAsync(string purpose, Func<IConnection, BackOff, Task> work, Action<Exception, TimeSpan> failed, CancellationToken stopping)
    {
        var pause = new BackOff();
        while (!stopping.IsCancellationRequested)
        {
            IConnection? connection = null;
            try
            {
                connection = await ConnectAsync(purpose, stopping);
                await work(connection, pause);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                failed(e, pause.Next);
            }
            finally
            {
                await AbandonAsync(connection);
            }

            await pause.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A channel on which a publish returns when it is confirmed and throws when it is refused or came back unroutable.</summary>
    public static Task<IChannel> ConfirmingChannelAsync(IConnection connection, CancellationToken cancellationToken) =>
        connection.CreateChannelAsync(
            // Callers bound what is outstanding by their batch; the client's own limiter would add delays to it.
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null),
            cancellationToken);

    /// <summary>Closes a connection that may be broken; never throws, never hangs.</summary>
    public static async ValueTask AbandonAsync(IConnection? connection)
    {
        if (connection is null) return;
        try
        {
            await connection.CloseAsync(Constants.ReplySuccess, "done", CloseTimeout, abort: true).WaitAsync(CloseTimeout * 2);
            await connection.DisposeAsync().AsTask().WaitAsync(CloseTimeout);
        }
        catch (Exception e) when (e is TimeoutException or ObjectDisposedException or RabbitMQ.Client.Exceptions.RabbitMQClientException or IOException)
        {
            // Broken is as good as closed: the broker drops it after two missed heartbeats.
        }
    }
}
