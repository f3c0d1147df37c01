using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Integritet.EventStore.Tests;

/// <summary>What happens to the next COMMIT that passes.</summary>
public enum Cut
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It never reaches the server, and both ends lose their connection.</summary>
    Before,

    /// <summary>The server carries it out, and the client never hears of it.</summary>
    After,

    /// <summary>It never reaches the server, which goes on believing in its client; the client loses its connection.</summary>
    Frozen,
}

/// <summary>Stands between a store and its server and cuts connections at COMMIT.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private static readonly byte[] Commit = Encoding.ASCII.GetBytes("commit\0");

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _server;
    private readonly Task _accepting;
    private readonly List<TcpClient> _open = [];
    private int _next;
    private int _cuts;

    public CuttingProxy(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        _server = new IPEndPoint(IPAddress.Parse(settings.Host!), settings.Port);
        _listener.Start();
        (settings.Host, settings.Port) = ("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);
        // Unprepared statements carry their text, in which COMMIT can be seen.
        ConnectionString = settings.ConnectionString;
        _accepting = AcceptAsync();
    }

    /// <summary>Leads through the proxy.</summary>
    public string ConnectionString { get; }

    /// <summary>How many COMMITs were cut.</summary>
    public int Cuts => _cuts;

    public void CutNextCommit(Cut cut) => Volatile.Write(ref _next, (int)cut);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_open)
            _open.ForEach(connection => connection.Dispose());
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = Keep(await _listener.AcceptTcpClientAsync(_stop.Token));
            var server = Keep(new TcpClient());
            await server.ConnectAsync(_server, _stop.Token);
            (client.NoDelay, server.NoDelay) = (true, true);
            _ = PumpAsync(server, client);
            _ = ForwardAsync(client, server);
        }
    }

    private TcpClient Keep(TcpClient connection)
    {
        lock (_open)
            _open.Add(connection);
        return connection;
    }

    private static async Task PumpAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One end has gone; so does the other.
        }
        to.Close();
    }

    private async Task ForwardAsync(TcpClient client, TcpClient server)
    {
        try
        {
            var buffer = new byte[1 << 20];
            while (await client.GetStream().ReadAsync(buffer, _stop.Token) is var count and > 0)
            {
                if (Volatile.Read(ref _next) != 0 && EndsInCommit(buffer.AsSpan(0, count)))
                {
                    await CutAsync((Cut)Interlocked.Exchange(ref _next, 0), client, server, buffer.AsMemory(0, count));
                    return;
                }
                await server.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }
            server.Close();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            server.Close();
        }
    }

    private async Task CutAsync(Cut cut, TcpClient client, TcpClient server, ReadOnlyMemory<byte> last)
    {
        Interlocked.Increment(ref _cuts);
        client.Client.Close(0); // the pump to the client ends: whatever the server answers is lost
        if (cut == Cut.After)
            await server.GetStream().WriteAsync(last, _stop.Token);
        if (cut == Cut.Before)
            server.Close();
    }

    private static bool EndsInCommit(ReadOnlySpan<byte> bytes)
    {
        Span<byte> lower = new byte[bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
            lower[i] = bytes[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(bytes[i] + 32) : bytes[i];
        return lower.IndexOf(Commit) >= 0;
    }
}
