using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Integritet.Platform.Hosting;

/// <summary>Reads a request's body as strictly as api.md asks. What is wrong with it is thrown as <see cref="ProblemException"/>, which the host answers.</summary>
public static class RequestBody
{
    /// <summary>
    /// The JSON body as a <typeparamref name="T"/>. 415 for another media type, 413 for too many bytes, 400 for text that is not UTF-8, not JSON or not these members, 422 for members that are too
    /// long or hold U+0000. Optional members are those with a default value in the record's constructor.
    /// </summary>
    public static async Task<T> ReadBodyAsync<T>(this HttpContext http, BodyLimits? limits = null)
    {
        limits ??= BodyLimits.Default;
        RequireJson(http.Request);
        var body = await http.ReadRawBodyAsync(limits.MaxBytes);
        return Parse<T>(body.Span, limits);
    }

    /// <summary>The body's bytes, read once and kept for the request (idempotency hashes them). 413 over <paramref name="maxBytes"/>.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadRawBodyAsync(this HttpContext http, int maxBytes = 1024 * 1024)
    {
        if (http.Features.Get<ReadBody>() is { } read)
            return read.Bytes;
        if (http.Request.ContentLength > maxBytes)
            throw TooLarge(maxBytes);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = maxBytes;
        var bytes = await ReadAllAsync(http, maxBytes);
        http.Features.Set(new ReadBody(bytes));
        return bytes;
    }

    /// <summary>Parses a JSON document by the same rules; <paramref name="json"/> may come from a line of NDJSON.</summary>
    public static T Parse<T>(ReadOnlySpan<byte> json, BodyLimits limits)
    {
        if (!Utf8.IsValid(json))
            throw new ProblemException(Problems.Malformed("The body is not UTF-8 text."));
        var tooMuch = JsonInspection.Inspect(json, limits);
        T? value;
        try
        {
            value = JsonSerializer.Deserialize<T>(json, JsonText.Options);
        }
        catch (JsonException e)
        {
            throw new ProblemException(Problems.Malformed("The body is not what this call takes.", [.. JsonFaults.Of(e)]));
        }

        if (tooMuch.Count > 0)
            throw new ProblemException(Problems.Unprocessable("The body holds more than is taken.", [.. tooMuch]));
        return value ?? throw new ProblemException(Problems.Malformed("The body is null.", new ProblemError("An object is needed.", "")));
    }

    private static async Task<byte[]> ReadAllAsync(HttpContext http, int maxBytes)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(http.RequestAborted);
            if (result.Buffer.Length > maxBytes)
                throw TooLarge(maxBytes);
            if (result.IsCompleted)
            {
                var bytes = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static void RequireJson(HttpRequest request)
    {
        var isJson = MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        if (!isJson)
            throw new ProblemException(Problems.UnsupportedMediaType("This call takes application/json in UTF-8."));
    }

    private static ProblemException TooLarge(int maxBytes) => new(Problems.TooLarge($"A body of at most {maxBytes} bytes is taken here."));

    private sealed record ReadBody(ReadOnlyMemory<byte> Bytes);
}

/// <summary>Walks a JSON document for what the deserialiser does not look at: sizes and U+0000. Throws 400 where it is no JSON at all.</summary>
internal static class JsonInspection
{
    private const int MaxFaults = 100;
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 32 };

    public static List<ProblemError> Inspect(ReadOnlySpan<byte> json, BodyLimits limits)
    {
        var faults = new List<ProblemError>();
        var place = new Stack<Level>();
        var reader = new Utf8JsonReader(json, Options);
        try
        {
            while (reader.Read())
                Visit(ref reader, place, limits, faults);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half a surrogate pair.
            throw new ProblemException(Problems.Malformed("The body is not JSON.", new ProblemError($"Not JSON at byte {reader.BytesConsumed}.", Pointer(place))));
        }

        return faults;
    }

    private static void Visit(ref Utf8JsonReader reader, Stack<Level> place, BodyLimits limits, List<ProblemError> faults)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                place.Peek().Name = reader.GetString();
                CheckText(ref reader, place, limits, faults);
                break;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                place.Pop();
                break;
            default:
                NextItem(place, limits, faults);
                // The deserialiser looks at members alone: a list of texts would hold the null, and break whoever reads it.
                if (reader.TokenType == JsonTokenType.Null && place.TryPeek(out var list) && list.IsArray)
                    throw new ProblemException(Problems.Malformed("The body is not what this call takes.", new ProblemError("An array holds no null.", Pointer(place))));
                if (reader.TokenType == JsonTokenType.String)
                    CheckText(ref reader, place, limits, faults);
                else if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    place.Push(new Level { IsArray = reader.TokenType == JsonTokenType.StartArray });
                break;
        }
    }

    private static void NextItem(Stack<Level> place, BodyLimits limits, List<ProblemError> faults)
    {
        if (!place.TryPeek(out var level) || !level.IsArray || ++level.Index != limits.MaxItems)
            return;
        level.Full = true;
        Add(faults, place, $"An array has at most {limits.MaxItems} elements.");
        level.Full = false;
    }

    private static void CheckText(ref Utf8JsonReader reader, Stack<Level> place, BodyLimits limits, List<ProblemError> faults)
    {
        if (!reader.ValueIsEscaped && reader.ValueSpan.Length <= limits.MaxStringLength)
            return;
        var text = reader.GetString()!;
        if (text.Length > limits.MaxStringLength)
            Add(faults, place, $"A text has at most {limits.MaxStringLength} characters.");
        if (text.Contains('\0', StringComparison.Ordinal))
            Add(faults, place, "A text holds no U+0000.");
    }

    private static void Add(List<ProblemError> faults, Stack<Level> place, string detail)
    {
        if (faults.Count < MaxFaults)
            faults.Add(new ProblemError(detail, Pointer(place)));
    }

    private static string Pointer(Stack<Level> place)
    {
        var pointer = new StringBuilder();
        foreach (var level in place.Reverse())
        {
            var part = level switch
            {
                { IsArray: true, Full: true } or { IsArray: true, Index: < 0 } => null,
                { IsArray: true } => level.Index.ToString(System.Globalization.CultureInfo.InvariantCulture),
                _ => level.Name,
            };
            if (part is not null)
                pointer.Append('/').Append(JsonFaults.Escape(part));
        }

        return pointer.ToString();
    }

    private sealed class Level
    {
        public bool IsArray { get; init; }

        public bool Full { get; set; }

        public int Index { get; set; } = -1;

        public string? Name { get; set; }
    }
}
