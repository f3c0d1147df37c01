using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Integritet.Platform.Hosting;

namespace Integritet.Platform.Messaging;

/// <summary>A message that was given up, as it is kept for replay.</summary>
/// <param name="Id">Made of queue, headers and body: the same failure delivered twice is one.</param>
/// <param name="Queue">The queue it failed in, where a replay goes.</param>
/// <param name="Reason">Exception and its message, or the broker's reason.</param>
/// <param name="MessageId">As published, if it was.</param>
/// <param name="ContentType">As published, if it was.</param>
/// <param name="Headers">JSON object of the headers that are text or numbers.</param>
/// <param name="Body">As published.</param>
internal sealed record DeadLetter(Guid Id, string Queue, string Reason, string? MessageId, string? ContentType, string Headers, byte[] Body)
{
    private const int MaxReason = 1_000;

    /// <summary>A delivery from an <c>_error</c>, <c>_skipped</c> or dead-letter queue (whose name is the consumer's tag).</summary>
    public static DeadLetter From(Delivery delivery)
    {
        var headers = Plain(delivery.Properties.Headers);
        var queue = OriginOf(delivery.Consumer, headers);
        var reason = ReasonOf(delivery.Consumer, headers);
        // Counts deliveries of this very message: not part of what it is.
        headers.Remove("x-delivery-count");
        var json = JsonSerializer.Serialize(headers);
        return new DeadLetter(
            IdOf(queue, json, delivery.Body), queue, reason.Length > MaxReason ? reason[..MaxReason] : reason, delivery.Properties.MessageId, delivery.Properties.ContentType, json, delivery.Body);
    }

    /// <summary>What a replay is sent with: neither the failure's headers nor the broker's.</summary>
    public Dictionary<string, object?> ReplayHeaders() =>
        JsonSerializer.Deserialize<SortedDictionary<string, string>>(Headers)!
            .Where(h => !h.Key.StartsWith("MT-Fault-", StringComparison.Ordinal) && !h.Key.StartsWith("x-", StringComparison.Ordinal) && !string.Equals(h.Key, "MT-Reason", StringComparison.Ordinal))
            .ToDictionary(h => h.Key, h => (object?)h.Value, StringComparer.Ordinal);

    private static SortedDictionary<string, string> Plain(IDictionary<string, object?>? headers)
    {
        var plain = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in headers ?? new Dictionary<string, object?>(StringComparer.Ordinal))
        {
            switch (value)
            {
                // PostgreSQL's jsonb takes no U+0000.
                case byte[] text: plain[name] = Encoding.UTF8.GetString(text).Replace('\0', '\uFFFD'); break;
                case long or int or short or byte or bool or string: plain[name] = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!; break;
                default: break;
            }
        }

        return plain;
    }

    private static string OriginOf(string consumedFrom, SortedDictionary<string, string> headers)
    {
        if (consumedFrom.EndsWith(Topology.ErrorSuffix, StringComparison.Ordinal)) return consumedFrom[..^Topology.ErrorSuffix.Length];
        if (consumedFrom.EndsWith(Topology.SkippedSuffix, StringComparison.Ordinal)) return consumedFrom[..^Topology.SkippedSuffix.Length];
        return headers.GetValueOrDefault("x-first-death-queue") ?? consumedFrom;
    }

    private static string ReasonOf(string consumedFrom, SortedDictionary<string, string> headers)
    {
        if (headers.GetValueOrDefault("MT-Fault-ExceptionType") is { } type) return $"{type}: {headers.GetValueOrDefault("MT-Fault-Message")}";
        return headers.GetValueOrDefault("x-first-death-reason") is { } death ? $"the broker gave it up: {death}" : $"moved to {consumedFrom}";
    }

    private static Guid IdOf(string queue, string headers, byte[] body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in new[] { Encoding.UTF8.GetBytes(queue), Encoding.UTF8.GetBytes(headers), body })
        {
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(part);
        }

        return NameBasedId.From(hash.GetHashAndReset());
    }
}
