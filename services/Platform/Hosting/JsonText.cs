using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Integritet.Platform.Hosting;

/// <summary>How requests are read and answers written: camelCase, nothing unknown, nothing twice, nothing guessed.</summary>
public static class JsonText
{
    /// <summary>Strict reading: unknown and duplicate members, nulls where none may be and missing required members are errors; enums are kebab-case words; instants need an offset.</summary>
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions(JsonSerializerOptions.Strict));

    internal static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = 32;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        options.Converters.Add(new InstantConverter());
        return options;
    }
}

/// <summary>RFC 3339 instants: an offset is needed, UTC is what is kept and written.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // DateTime tells whether an offset was there; DateTimeOffset alone would fill in the machine's own.
        if (reader.TokenType == JsonTokenType.String && reader.TryGetDateTime(out var local) && local.Kind != DateTimeKind.Unspecified
            && reader.TryGetDateTimeOffset(out var instant))
        {
            return instant.ToUniversalTime();
        }

        throw new JsonException("An instant is written as in RFC 3339, with Z or an offset: 2026-11-02T10:00:00Z.");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
}
