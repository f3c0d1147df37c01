using System.Net;
using System.Net.Sockets;

namespace Integritet.Servers;

/// <summary>
/// Ports for processes that must be told where to listen. They lie below the ephemeral range, so that no outgoing connection takes one before its process listens, and above those of
/// <c>deploy/local/server</c>. The UDP port of the same number, held until the tests end, keeps the tests of other processes from choosing it meanwhile.
/// </summary>
public static class LoopbackPort
{
    private const int First = 32_000;
    private const int AfterLast = 32_768;

    private static readonly List<UdpClient> Held = [];
    private static readonly Lock Access = new();

    /// <summary>A TCP port that is free and stays this process's own.</summary>
    public static int Reserve()
    {
        lock (Access)
        {
            for (var port = First; port < AfterLast; port++)
                if (TryHold(port))
                    return port;
        }

        throw new InvalidOperationException($"no free loopback port from {First} to {AfterLast - 1}");
    }

    private static bool TryHold(int port)
    {
        UdpClient? held = null;
        try
        {
            held = new UdpClient(new IPEndPoint(IPAddress.Loopback, port));
            using var free = new TcpListener(IPAddress.Loopback, port);
            free.Start();
            Held.Add(held);
            return true;
        }
        catch (SocketException)
        {
            held?.Dispose();
            return false;
        }
    }
}
