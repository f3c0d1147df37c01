using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Integritet.Audit.Ledger;
using Integritet.Platform.Hosting;

namespace Integritet.Audit.Search;

/// <summary>The shape of a page, for the API's description.</summary>
public sealed record EventPage(IReadOnlyList<EventItem> Items, string? Next);

/// <summary>The shape of an item: what the ledger adds, then the members of the leaf. In a person's own timeline some are left out.</summary>
/// <param name="Index">Place in the controller's log, from 0, without gaps.</param>
/// <param name="LeafHash">Base64 of SHA-256(0x00 ‖ leaf); the leaf is this item without <c>index</c> and <c>leafHash</c>, in the form of RFC 8785.</param>
/// <param name="Timestamp">When the service committed it.</param>
public sealed record EventItem(
    long Index, string LeafHash, string Actor, string Causation, string Controller, string Correlation, JsonObject Data, long Position, long Previous, string Service, string Stream,
    IReadOnlyList<string> Subjects, DateTimeOffset Timestamp, string Type, long Version);

/// <summary>A page as JSON: <c>{"items":[…],"next":…}</c>, each item the leaf's members as they were hashed, with <c>index</c> and <c>leafHash</c> before them.</summary>
internal sealed class LedgerPageResult(LedgerPage page) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.NoteSubjects(page.Events.SelectMany(e => Leaf.Read(e.Leaf).Subjects));
        var json = new ArrayBufferWriter<byte>(page.Events.Sum(e => e.Leaf.Length + 100) + 64);
        json.Write("{\"items\":["u8);
        for (var i = 0; i < page.Events.Count; i++)
            WriteItem(json, page.Events[i], first: i == 0);
        json.Write("],\"next\":"u8);
        json.Write(page.Next is { } next ? Encoding.UTF8.GetBytes($"\"{next}\"}}") : "null}"u8);
        httpContext.Response.ContentType = "application/json";
        httpContext.Response.ContentLength = json.WrittenCount;
        await httpContext.Response.Body.WriteAsync(json.WrittenMemory, httpContext.RequestAborted);
    }

    private static void WriteItem(ArrayBufferWriter<byte> json, LedgerEvent e, bool first)
    {
        json.Write(first ? "{\"index\":"u8 : ",{\"index\":"u8);
        Utf8Formatter.TryFormat(e.Index, json.GetSpan(20), out var written);
        json.Advance(written);
        json.Write(",\"leafHash\":\""u8);
        Base64.EncodeToUtf8(e.LeafHash, json.GetSpan(Base64.GetMaxEncodedToUtf8Length(e.LeafHash.Length)), out _, out written);
        json.Advance(written);
        json.Write("\","u8);
        // A leaf is an object with members: what follows its brace completes this one.
        json.Write(e.Leaf.AsSpan(1));
    }
}
