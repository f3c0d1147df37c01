using System.Net;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;
using Xunit;

namespace Integritet.Servers;

/// <summary>A service's answer over HTTP.</summary>
public sealed record Answer(HttpStatusCode Status, JsonNode? Body, HttpResponseMessage Response)
{
    /// <summary>Pseudonyms of those whom it told the gateway that the answer is about, joined by commas; null where it told none.</summary>
    public string? Subjects => Response.Headers.TryGetValues(InternalHeaders.Subjects, out var subjects) ? string.Join(',', subjects) : null;

    public JsonNode Ok(HttpStatusCode expected = HttpStatusCode.OK)
    {
        Assert.True(Status == expected, $"{(int)Status} instead of {(int)expected}: {Body}");
        return Body!;
    }

    /// <summary>A problem document of this status, with these pointers.</summary>
    public JsonNode Problem(int status, params string[] pointers)
    {
        Assert.True((int)Status == status, $"{(int)Status} instead of {status}: {Body}");
        Assert.Equal("application/problem+json", Response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("urn:integritet:problem:", (string?)Body!["type"], StringComparison.Ordinal);
        Assert.NotNull(Body["traceId"]);
        if (pointers.Length > 0)
            Assert.Equal(pointers, Body["errors"]!.AsArray().Select(e => (string?)e!["pointer"]));
        return Body;
    }
}
