using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Integritet.Platform.Hosting;

namespace Integritet.Platform.Messaging;

/// <summary>Reads another service's log over its <c>GET /internal/events</c>.</summary>
internal sealed class SourceLog(IHttpClientFactory clients)
{
    private const int PageSize = 1_000;
    private const int MaxLineBytes = 16 * 1024 * 1024;

    /// <summary>By what name a service's log is known here: the checkpoint up to which it has been read, and the consumer of what was stored by reading it.</summary>
    public static string NameOf(string service) => $"{service}-log";

    /// <summary>
    /// Everything after a position, page by page, each checked to follow the one before. Throws <see cref="FeedDivergedException"/> when that log doesn't continue the position asked for,
    /// other exceptions when it cannot be read or doesn't begin to answer in time.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<FeedEvent>> ReadAsync(
        string service, long after, TimeSpan timeout, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await PageAsync(service, after, timeout, cancellationToken);
            if (page.Count > 0) yield return page;
            if (page.Count < PageSize) yield break;
            after = page[^1].Position;
        }
    }

    private async Task<List<FeedEvent>> PageAsync(string service, long after, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(ServiceCalls.ClientName);
        client.Timeout = timeout;
        using var response = await client.GetAsync(new Uri($"http://{service}/internal/events?after={after}&limit={PageSize}"), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Conflict)
            throw new FeedDivergedException($"The log of '{service}' has no event at position {after}, which was received from it.");
        response.EnsureSuccessStatusCode();

        var page = new List<FeedEvent>();
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var lines = PipeReader.Create(body);
        while (await LineAsync(lines, cancellationToken) is { } line)
        {
            if (CloudEventFormat.Read(line) is not FeedEvent read || read.Previous != after || !string.Equals(read.Service, service, StringComparison.Ordinal))
                throw new FeedDivergedException($"The log of '{service}' doesn't follow on position {after}.");
            page.Add(read);
            after = read.Position;
        }

        return page;
    }

    private static async Task<byte[]?> LineAsync(PipeReader lines, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await lines.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = read.Buffer.Slice(0, end).ToArray();
                lines.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            if (read.IsCompleted) return read.Buffer.IsEmpty ? null : throw new JsonException("The answer ends inside a line.");
            if (read.Buffer.Length > MaxLineBytes) throw new JsonException("A line of the answer is too long.");
            lines.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}

/// <summary>Two services disagree about the past: a log was restored from an older backup, rewritten, or is another one.</summary>
public sealed class FeedDivergedException(string message) : Exception(message);
