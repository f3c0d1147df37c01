using System.Globalization;
using System.Text;
using System.Text.Json;
using Integritet.Audit.Ledger;

namespace Integritet.Audit.Tests;

/// <summary>Leaves as a publishing service makes them.</summary>
internal static class Leaves
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static Leaf Of(
        string service, long position, long? previous = null, string controller = "almena", string stream = "s-1", string type = "thing-done.v1", string actor = "key-1", DateTimeOffset? at = null,
        string[]? subjects = null, string data = "{}", long version = 1) =>
        Leaf.Read(Bytes(service, position, previous, controller, stream, type, actor, at, subjects, data, version));

    /// <summary>Members in the order of RFC 8785, without white space.</summary>
    public static byte[] Bytes(
        string service, long position, long? previous = null, string controller = "almena", string stream = "s-1", string type = "thing-done.v1", string actor = "key-1", DateTimeOffset? at = null,
        string[]? subjects = null, string data = "{}", long version = 1)
    {
        var stamp = (at ?? Start.AddMilliseconds(position)).ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $$"""{"actor":"{{actor}}","causation":"c-1","controller":"{{controller}}","correlation":"k-1","data":{{data}},"position":{{position}},"previous":{{previous ?? position - 1}},"service":"{{service}}","stream":"{{stream}}","subjects":{{JsonSerializer.Serialize(subjects ?? [])}},"timestamp":"{{stamp}}","type":"{{type}}","version":{{version}}}"""));
    }

    public static Leaf[] Log(string service, int count, int first = 1, Func<int, string>? controller = null) =>
        [.. Enumerable.Range(first, count).Select(i => Of(service, i, controller: controller?.Invoke(i) ?? "almena"))];
}
