using System.Text.Json;
using Integritet.Platform.Hosting;

namespace Integritet.Audit.Search;

/// <summary>A person's own timeline: what happened and when, with index and leaf hash to check it by; no staff, and no content that also concerns somebody else.</summary>
internal sealed class OwnTimelineResult(IReadOnlyList<string> person, LedgerPage page) : IResult
{
    private static readonly string[] Told = ["service", "type", "stream", "version", "timestamp"];

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.NoteSubjects(person);
        httpContext.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("items"u8);
        foreach (var e in page.Events)
            WriteItem(json, e);
        json.WriteEndArray();
        if (page.Next is { } next)
            json.WriteString("next"u8, next.ToString(System.Globalization.CultureInfo.InvariantCulture));
        else
            json.WriteNull("next"u8);
        json.WriteEndObject();
        await json.FlushAsync(httpContext.RequestAborted);
    }

    private void WriteItem(Utf8JsonWriter json, LedgerEvent e)
    {
        using var leaf = JsonDocument.Parse(e.Leaf);
        json.WriteStartObject();
        json.WriteNumber("index"u8, e.Index);
        json.WriteBase64String("leafHash"u8, e.LeafHash);
        foreach (var member in Told)
        {
            json.WritePropertyName(member);
            leaf.RootElement.GetProperty(member).WriteTo(json);
        }
        if (leaf.RootElement.GetProperty("subjects"u8).EnumerateArray().All(s => person.Any(own => s.ValueEquals(own))))
        {
            json.WritePropertyName("data"u8);
            leaf.RootElement.GetProperty("data"u8).WriteTo(json);
        }
        json.WriteEndObject();
    }
}
