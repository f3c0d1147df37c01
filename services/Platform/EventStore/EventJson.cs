using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Integritet.Platform.EventStore;

/// <summary>
/// The JSON of stored events: web names, enums as kebab-case words, numbers only integers below 2^53 (RFC 8785's safe range, so that every reader and every
/// hash sees the same value), U+0000 refused because PostgreSQL's jsonb cannot hold it.
/// </summary>
public static class EventJson
{
    private const long SafeInteger = (1L << 53) - 1;

    /// <summary>The options of stored events.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>UTF-8 JSON of an event. Throws <see cref="ArgumentException"/> when a text in it contains U+0000.</summary>
    public static byte[] Serialize(object @event)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(@event, @event.GetType(), Options);
        if (ContainsNul(json))
            throw new ArgumentException($"An event of type {@event.GetType().Name} contains U+0000.", nameof(@event));
        return json;
    }

    /// <summary>The event behind UTF-8 JSON. Throws <see cref="JsonException"/> when it does not fit the type.</summary>
    public static object Deserialize(ReadOnlySpan<byte> json, Type type) =>
        JsonSerializer.Deserialize(json, type, Options) ?? throw new JsonException($"JSON null is no {type.Name}.");

    /// <summary>Whether JSON text holds an escaped U+0000 (a literal one is no JSON).</summary>
    public static bool ContainsNul(ReadOnlySpan<byte> json)
    {
        var escape = @"\u0000"u8;
        for (var start = 0; json[start..].IndexOf(escape) is var found and >= 0; start += found + escape.Length)
        {
            var backslashes = 0;
            for (var i = start + found - 1; i >= 0 && json[i] == (byte)'\\'; i--)
                backslashes++;
            if (backslashes % 2 == 0)
                return true;
        }
        return false;
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            NumberHandling = JsonNumberHandling.Strict,
            Converters = { new SafeIntegers(), new DecimalText(), new NoBinaryFloats(), new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class SafeIntegers : JsonConverter<long>
    {
        public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? long.Parse(reader.GetString()!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : reader.GetInt64();

        public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options)
        {
            if (value is >= -SafeInteger and <= SafeInteger)
                writer.WriteNumberValue(value);
            else
                writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private sealed class DecimalText : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            decimal.Parse(reader.GetString()!, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    private sealed class NoBinaryFloats : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert == typeof(double) || typeToConvert == typeof(float) || typeToConvert == typeof(ulong);

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException($"Numbers in events are integers below 2^53 or strings; {typeToConvert.Name} is neither.");
    }
}

/// <summary>Events without personal data: plain <see cref="EventJson"/> under their pinned names.</summary>
public sealed class JsonEventSerializer(StoredEvents events) : IEventSerializer
{
    /// <inheritdoc/>
    public ValueTask<EventToAppend> SerializeAsync(string tenant, string stream, object @event, CancellationToken cancellationToken)
    {
        var type = @event.GetType();
        return new(new EventToAppend(Guid.CreateVersion7(), events.NameOf(type), DotNetTypeName(type), EventJson.Serialize(@event)));
    }

    /// <inheritdoc/>
    public ValueTask<object> DeserializeAsync(RecordedEvent recorded, CancellationToken cancellationToken) =>
        new(EventJson.Deserialize(recorded.Data.Span, events.TypeOf(recorded.Type)));

    /// <summary>"Namespace.Type, Assembly", as Marten keeps it in <c>mt_dotnet_type</c>.</summary>
    public static string DotNetTypeName(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
