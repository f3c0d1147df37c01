using System.Globalization;
using System.Text.Json;
using Integritet.Platform.EventStore;

namespace Integritet.Platform.Messaging;

/// <summary>
/// Feed messages as CloudEvents 1.0 in structured JSON. The <c>data</c> member is the ledger leaf in RFC 8785 form, byte for byte, so that the consumer hashes what the publisher read back.
/// 64-bit numbers are strings in attributes, since a CloudEvents Integer has 32 bits; <c>sequence</c> and <c>previous</c> are zero-padded, as the sequence extension asks for lexical order.
/// </summary>
public static class CloudEventFormat
{
    /// <summary>Content type of a message.</summary>
    public const string ContentType = "application/cloudevents+json; charset=UTF-8";

    /// <summary>Content type of <c>GET /internal/events</c>: one such CloudEvent a line.</summary>
    public const string NdjsonContentType = "application/x-ndjson";

    private const string HeartbeatType = "integritet.heartbeat.v1";
    private const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    [ThreadStatic]
    private static CanonicalJsonWriter? _writer;

    /// <summary>Routing key <c>service.event.controller</c>; the event's name without its version, so that a binding outlives a version.</summary>
    public static string RoutingKey(string service, RecordedEvent recorded)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        var dot = recorded.Type.IndexOf('.', StringComparison.Ordinal);
        return $"{service}.{(dot < 0 ? recorded.Type : recorded.Type[..dot])}.{recorded.Tenant}";
    }

    /// <summary>Routing key of a service's heartbeats.</summary>
    public static string HeartbeatRoutingKey(string service) => $"{service}.heartbeat.installation";

    /// <summary>The message of one recorded event; <paramref name="previous"/> is the position before it in that log (0: none).</summary>
    public static byte[] Write(string service, RecordedEvent recorded, long previous)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        if (previous >= recorded.Position)
            throw new ArgumentOutOfRangeException(nameof(previous), previous, $"The position before {recorded.Position} must be smaller.");

        var json = Start(recorded.Id.ToString(), service, recorded.Type);
        var at = Instant(recorded.Timestamp);
        var metadata = recorded.Metadata;
        Attribute(json, "time", at);
        Attribute(json, "partitionkey", recorded.Tenant);
        Attribute(json, "sequence", Padded(recorded.Position));
        Attribute(json, "previous", Padded(previous));
        Attribute(json, "stream", recorded.Stream);
        Attribute(json, "streamversion", recorded.Version.ToString(CultureInfo.InvariantCulture));
        Attribute(json, "actor", metadata.Actor);
        Attribute(json, "correlationid", metadata.CorrelationId);
        Attribute(json, "causationid", metadata.CausationId);
        Attribute(json, "subjects", string.Join(',', metadata.Subjects));
        Attribute(json, "traceparent", metadata.TraceParent);
        json.Raw(",\"data\":"u8);
        Leaf(json, service, recorded, previous, at);
        json.Raw("}"u8);
        return json.Written.ToArray();
    }

    /// <summary>A heartbeat: everything up to <paramref name="position"/> has been published.</summary>
    public static byte[] WriteHeartbeat(string service, long position, DateTimeOffset at)
    {
        var json = Start(Guid.CreateVersion7(at).ToString(), service, HeartbeatType);
        Attribute(json, "time", Instant(at));
        json.Raw(",\"data\":{\"position\":"u8);
        json.Integer(position);
        json.Raw(",\"service\":"u8);
        json.String(service);
        json.Raw("}}"u8);
        return json.Written.ToArray();
    }

    /// <summary>The message behind the bytes. Throws <see cref="JsonException"/> for anything that no forwarder writes, a leaf that is not canonical included.</summary>
    public static FeedMessage Read(ReadOnlyMemory<byte> message)
    {
        var envelope = Envelope(message);
        if (!string.Equals(envelope.SpecVersion, "1.0", StringComparison.Ordinal)) throw new JsonException("Not a CloudEvent 1.0.");
        return string.Equals(envelope.Type, HeartbeatType, StringComparison.Ordinal) ? ReadHeartbeat(envelope.Data) : ReadLeaf(envelope);
    }

    private static CanonicalJsonWriter Start(string id, string service, string type)
    {
        var json = _writer ??= new CanonicalJsonWriter();
        json.Clear();
        json.Raw("{\"specversion\":\"1.0\""u8);
        Attribute(json, "id", id);
        Attribute(json, "source", $"urn:integritet:service:{service}");
        Attribute(json, "type", type);
        json.Raw(",\"datacontenttype\":\"application/json\""u8);
        return json;
    }

    /// <summary>An attribute without a value is left out: CloudEvents knows no empty ones.</summary>
    private static void Attribute(CanonicalJsonWriter json, string name, string? value)
    {
        if (string.IsNullOrEmpty(value)) return;
        json.Raw(","u8);
        json.String(name);
        json.Raw(":"u8);
        json.String(value);
    }

    /// <summary>Members in canonical order (alphabetical).</summary>
    private static void Leaf(CanonicalJsonWriter json, string service, RecordedEvent recorded, long previous, string timestamp)
    {
        var metadata = recorded.Metadata;
        json.Raw("{\"actor\":"u8);
        json.String(metadata.Actor);
        json.Raw(",\"causation\":"u8);
        json.String(metadata.CausationId);
        json.Raw(",\"controller\":"u8);
        json.String(recorded.Tenant);
        json.Raw(",\"correlation\":"u8);
        json.String(metadata.CorrelationId);
        json.Raw(",\"data\":"u8);
        json.Json(recorded.Data.Span);
        json.Raw(",\"position\":"u8);
        json.Integer(recorded.Position);
        json.Raw(",\"previous\":"u8);
        json.Integer(previous);
        json.Raw(",\"service\":"u8);
        json.String(service);
        json.Raw(",\"stream\":"u8);
        json.String(recorded.Stream);
        json.Raw(",\"subjects\":["u8);
        for (var i = 0; i < metadata.Subjects.Count; i++)
        {
            if (i > 0) json.Raw(","u8);
            json.String(metadata.Subjects[i]);
        }

        json.Raw("],\"timestamp\":"u8);
        json.String(timestamp);
        json.Raw(",\"type\":"u8);
        json.String(recorded.Type);
        json.Raw(",\"version\":"u8);
        json.Integer(recorded.Version);
        json.Raw("}"u8);
    }

    private sealed record CloudEvent(string? SpecVersion, string? Id, string? Type, ReadOnlyMemory<byte> Data);

    private static CloudEvent Envelope(ReadOnlyMemory<byte> message)
    {
        var reader = new Utf8JsonReader(message.Span);
        string? specVersion = null, id = null, type = null;
        ReadOnlyMemory<byte> data = default;
        StartObject(ref reader);
        while (NextMember(ref reader, out var name))
        {
            switch (name)
            {
                case "specversion": specVersion = Text(ref reader); break;
                case "id": id = Text(ref reader); break;
                case "type": type = Text(ref reader); break;
                case "data": data = RawValue(ref reader, message); break;
                default: reader.Skip(); break;
            }
        }

        if (reader.Read()) throw new JsonException("Bytes after the message.");
        if (data.IsEmpty) throw new JsonException("A message has no data.");
        return new CloudEvent(specVersion, id, type, data);
    }

    private static FeedHeartbeat ReadHeartbeat(ReadOnlyMemory<byte> data)
    {
        var reader = new Utf8JsonReader(data.Span);
        string? service = null;
        long? position = null;
        StartObject(ref reader);
        while (NextMember(ref reader, out var name))
        {
            switch (name)
            {
                case "service": service = Text(ref reader); break;
                case "position": position = Integer(ref reader); break;
                default: throw new JsonException($"Unknown member '{name}' in a heartbeat.");
            }
        }

        return new FeedHeartbeat(Required(service, "service"), position ?? throw new JsonException("A heartbeat has no position."));
    }

    private static FeedEvent ReadLeaf(CloudEvent envelope)
    {
        var leaf = envelope.Data;
        if (!Guid.TryParse(envelope.Id, out var id)) throw new JsonException("A message's id is no UUID.");
        if (!IsCanonical(leaf.Span)) throw new JsonException("A leaf is not in canonical form.");
        var reader = new Utf8JsonReader(leaf.Span);
        string? service = null, controller = null, stream = null, type = null, actor = null, correlation = null, causation = null, timestamp = null;
        long position = 0, previous = -1, version = 0;
        IReadOnlyList<string>? subjects = null;
        ReadOnlyMemory<byte> data = default;
        StartObject(ref reader);
        while (NextMember(ref reader, out var name))
        {
            switch (name)
            {
                case "actor": actor = Text(ref reader); break;
                case "causation": causation = Text(ref reader); break;
                case "controller": controller = Text(ref reader); break;
                case "correlation": correlation = Text(ref reader); break;
                case "data": data = RawValue(ref reader, leaf); break;
                case "position": position = Integer(ref reader); break;
                case "previous": previous = Integer(ref reader); break;
                case "service": service = Text(ref reader); break;
                case "stream": stream = Text(ref reader); break;
                case "subjects": subjects = Texts(ref reader); break;
                case "timestamp": timestamp = Text(ref reader); break;
                case "type": type = Text(ref reader); break;
                case "version": version = Integer(ref reader); break;
                default: throw new JsonException($"Unknown member '{name}' in a leaf.");
            }
        }

        if (position <= 0 || previous < 0 || previous >= position || version <= 0) throw new JsonException("A leaf's position, previous or version is impossible.");
        if (data.IsEmpty || subjects is null) throw new JsonException("A leaf lacks data or subjects.");
        if (!DateTimeOffset.TryParseExact(timestamp, TimestampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at))
            throw new JsonException("A leaf's timestamp is not RFC 3339 with microseconds in UTC.");

        return new FeedEvent(
            Required(service, "service"), position, previous, id, Required(controller, "controller"), Required(stream, "stream"), version, Required(type, "type"), at,
            actor ?? throw Missing("actor"), correlation ?? throw Missing("correlation"), causation ?? throw Missing("causation"), subjects, leaf, data);
    }

    private static bool IsCanonical(ReadOnlySpan<byte> json)
    {
        var canonical = _writer ??= new CanonicalJsonWriter();
        canonical.Clear();
        canonical.Json(json);
        return canonical.Written.SequenceEqual(json);
    }

    private static void StartObject(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("Not a JSON object.");
    }

    private static bool NextMember(ref Utf8JsonReader reader, out string name)
    {
        name = "";
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndObject) return false;
        name = Unicode(ref reader);
        reader.Read();
        return true;
    }

    private static string Text(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String ? Unicode(ref reader) : throw new JsonException("A string was expected.");

    private static string Unicode(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string is not Unicode.", e);
        }
    }

    private static long Integer(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : throw new JsonException("An integer was expected.");

    private static List<string> Texts(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("An array was expected.");
        var texts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) texts.Add(Text(ref reader));
        return texts;
    }

    private static ReadOnlyMemory<byte> RawValue(ref Utf8JsonReader reader, ReadOnlyMemory<byte> source)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return source[start..(int)reader.BytesConsumed];
    }

    private static string Required(string? value, string name) => string.IsNullOrEmpty(value) ? throw Missing(name) : value;

    private static JsonException Missing(string name) => new($"A message has no {name}.");

    private static string Padded(long position) => position.ToString("D16", CultureInfo.InvariantCulture);

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString(TimestampFormat, CultureInfo.InvariantCulture);
}
