using System.Text;
using System.Text.Json;

namespace Integritet.Messaging.Tests;

public sealed class CloudEventFormatTests
{
    private static readonly Guid Id = Guid.Parse("0199f0a0-0000-7000-8000-000000000001");

    private static readonly RecordedEvent Recorded = new(
        7, Id, "almena", "consent-1", 2, "consent-given.v1", """{"purposes": ["own-marketing"], "method": "web-form"}"""u8.ToArray(),
        new DateTimeOffset(2026, 11, 21, 9, 13, 19, TimeSpan.Zero).AddMicroseconds(123456),
        new EventMetadata("corr", "cause", "key-1") { Subjects = ["ps_a", "ps_b"], TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" });

    [Fact]
    public void A_message_is_a_CloudEvent_whose_data_is_the_canonical_leaf()
    {
        using var json = JsonDocument.Parse(CloudEventFormat.Write("consent", Recorded, previous: 5));
        var root = json.RootElement;

        Assert.Equal("1.0", root.GetProperty("specversion").GetString());
        Assert.Equal(Id.ToString(), root.GetProperty("id").GetString());
        Assert.Equal("urn:integritet:service:consent", root.GetProperty("source").GetString());
        Assert.Equal("consent-given.v1", root.GetProperty("type").GetString());
        Assert.Equal("2026-11-21T09:13:19.123456Z", root.GetProperty("time").GetString());
        Assert.Equal("0000000000000007", root.GetProperty("sequence").GetString());
        Assert.Equal("0000000000000005", root.GetProperty("previous").GetString());
        Assert.Equal("consent-1", root.GetProperty("stream").GetString());
        Assert.Equal("2", root.GetProperty("streamversion").GetString());
        Assert.Equal("key-1", root.GetProperty("actor").GetString());
        Assert.Equal("corr", root.GetProperty("correlationid").GetString());
        Assert.Equal("cause", root.GetProperty("causationid").GetString());
        Assert.Equal("ps_a,ps_b", root.GetProperty("subjects").GetString());
        Assert.Equal(Recorded.Metadata.TraceParent, root.GetProperty("traceparent").GetString());
        Assert.Equal(
            """{"actor":"key-1","causation":"cause","controller":"almena","correlation":"corr","data":{"method":"web-form","purposes":["own-marketing"]},"position":7,"previous":5,"service":"consent","stream":"consent-1","subjects":["ps_a","ps_b"],"timestamp":"2026-11-21T09:13:19.123456Z","type":"consent-given.v1","version":2}""",
            root.GetProperty("data").GetRawText());
    }

    [Fact]
    public void A_leaf_is_what_the_canonicaliser_makes_of_it()
    {
        var read = Assert.IsType<FeedEvent>(CloudEventFormat.Read(CloudEventFormat.Write("consent", Recorded, previous: 5)));

        Assert.Equal(CanonicalJson.Of(read.Leaf.Span), read.Leaf.ToArray());
    }

    [Fact]
    public void What_is_written_reads_back()
    {
        var read = Assert.IsType<FeedEvent>(CloudEventFormat.Read(CloudEventFormat.Write("consent", Recorded, previous: 5)));

        Assert.Equal(("consent", 7L, 5L, Id, "almena", "consent-1", 2L), (read.Service, read.Position, read.Previous, read.Id, read.Controller, read.Stream, read.Version));
        Assert.Equal(("consent-given.v1", Recorded.Timestamp, "key-1", "corr", "cause"), (read.Type, read.Timestamp, read.Actor, read.Correlation, read.Causation));
        Assert.Equal(["ps_a", "ps_b"], read.Subjects);
        Assert.Equal("""{"method":"web-form","purposes":["own-marketing"]}""", Encoding.UTF8.GetString(read.Data.Span));
    }

    [Fact]
    public void A_heartbeat_reads_back() =>
        Assert.Equal(new FeedHeartbeat("policy", 41), CloudEventFormat.Read(CloudEventFormat.WriteHeartbeat("policy", 41, Recorded.Timestamp)));

    [Fact]
    public void A_routing_key_names_service_event_without_version_and_controller() =>
        Assert.Equal("consent.consent-given.almena", CloudEventFormat.RoutingKey("consent", Recorded));

    [Fact]
    public void A_position_cannot_precede_itself() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CloudEventFormat.Write("consent", Recorded, previous: 7));

    [Theory]
    [InlineData("\"position\":7", "\"position\": 7")]
    [InlineData("\"position\":7", "\"position\":-7")]
    [InlineData("\"previous\":5", "\"previous\":7")]
    [InlineData("\"version\":2", "\"version\":\"2\"")]
    [InlineData("\"service\":\"consent\",", "")]
    [InlineData("\"version\":2", "\"version\":2,\"zest\":1")]
    [InlineData("19.123456Z\",\"type\"", "19.123Z\",\"type\"")]
    [InlineData("\"specversion\":\"1.0\"", "\"specversion\":\"0.3\"")]
    [InlineData("\"id\":\"0199f0a0", "\"id\":\"xxxx")]
    [InlineData("{\"specversion\"", "[{\"specversion\"")]
    [InlineData("\"actor\":\"key-1\",\"causation\":\"cause\"", "\"causation\":\"cause\",\"actor\":\"key-1\"")]
    public void A_message_that_no_forwarder_writes_is_refused(string part, string instead)
    {
        var message = Encoding.UTF8.GetString(CloudEventFormat.Write("consent", Recorded, previous: 5));
        Assert.Contains(part, message, StringComparison.Ordinal);
        var spoilt = Encoding.UTF8.GetBytes(message.Replace(part, instead, StringComparison.Ordinal));

        Assert.ThrowsAny<JsonException>(() => CloudEventFormat.Read(spoilt));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"specversion":"\ud800"}""")]
    public void A_body_that_is_no_message_is_refused(string body) => Assert.ThrowsAny<JsonException>(() => CloudEventFormat.Read(Encoding.UTF8.GetBytes(body)));
}
