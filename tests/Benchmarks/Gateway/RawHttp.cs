using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Integritet.Benchmarks.Gateway;

/// <summary>One kept-alive HTTP/1.1 connection that sends ready-made requests: a load generator that takes as little of the machine as can be.</summary>
internal sealed class RawHttp(string host, int port) : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];
    private NetworkStream? _stream;
    private int _filled;

    public static byte[] Post(string host, int port, string path, string? key, string json) => Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{(key is null ? "" : $"Authorization: Bearer {key}\r\n")}Content-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n{json}");

    /// <summary>Sends a request and reads its answer whole; throws unless it is 200.</summary>
    public async ValueTask SendAsync(byte[] request)
    {
        if (_stream is null)
        {
            await _client.ConnectAsync(host, port);
            _stream = _client.GetStream();
        }

        await _stream.WriteAsync(request);
        _filled = 0;
        int head;
        while ((head = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
            await FillAsync();
        if (!_buffer.AsSpan(0, 12).SequenceEqual("HTTP/1.1 200"u8))
            throw new InvalidOperationException("Not 200: " + Encoding.UTF8.GetString(_buffer, 0, _filled));
        var length = ContentLength(_buffer.AsSpan(0, head));
        while (length >= 0 ? _filled < head + 4 + length : !_buffer.AsSpan(0, _filled).EndsWith("\r\n0\r\n\r\n"u8))
            await FillAsync();
    }

    public void Dispose() => _client.Dispose();

    private async ValueTask FillAsync()
    {
        var read = await _stream!.ReadAsync(_buffer.AsMemory(_filled));
        _filled += read > 0 ? read : throw new InvalidOperationException("The connection ended.");
    }

    // -1: chunked.
    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("Content-Length: "u8);
        return at >= 0 && Utf8Parser.TryParse(head[(at + 16)..], out int length, out _) ? length : -1;
    }
}
