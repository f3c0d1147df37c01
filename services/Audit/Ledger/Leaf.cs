using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Integritet.Platform.Messaging;

namespace Integritet.Audit.Ledger;

/// <summary>
/// One event of one service as the ledger keeps it: the bytes its publisher made, and what searching needs of them. The bytes are the record; a text that no index could take is cut short beside
/// them, since an event that happened is never refused for its length.
/// </summary>
public sealed record Leaf(
    string Service, long Position, long Previous, string Controller, string Stream, long Version, string Type, string Actor, DateTimeOffset At, IReadOnlyList<string> Subjects,
    ReadOnlyMemory<byte> Bytes)
{
    private const int LongestSearchText = 300;
    private const long LargestInteger = (1L << 53) - 1;
    private static ReadOnlySpan<byte> Prefix => [0x00];

    /// <summary>SHA-256(0x00 ‖ leaf), RFC 9162 section 2.1.1.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> bytes)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(Prefix);
        sha.AppendData(bytes);
        return sha.GetHashAndReset();
    }

    /// <summary>From the feed, which has checked it: members, types and canonical form.</summary>
    public static Leaf Of(FeedEvent e) => new(
        Searchable(e.Service), e.Position, e.Previous, Searchable(e.Controller), Searchable(e.Stream), e.Version, Searchable(e.Type), Searchable(e.Actor), e.Timestamp,
        [.. e.Subjects.Select(Searchable)], e.Leaf);

    /// <summary>
    /// Derives a leaf again from its bytes alone, whatever delivered them. Throws <see cref="MalformedLeafException"/> with the reason, never with content.
    /// </summary>
    public static Leaf Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return new LeafReader(bytes).Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new MalformedLeafException("it is not well-formed JSON with members of the right types", e);
        }
    }

    private static string Searchable(string text)
    {
        text = text.Replace('\0', '\uFFFD');
        if (text.Length <= LongestSearchText)
            return text;
        return char.IsHighSurrogate(text[LongestSearchText - 1]) ? text[..(LongestSearchText - 1)] : text[..LongestSearchText];
    }

    private ref struct LeafReader(ReadOnlyMemory<byte> bytes)
    {
        private Utf8JsonReader _json = new(bytes.Span, new JsonReaderOptions { MaxDepth = 64 });
        private int _seen;

        public Leaf Read()
        {
            string service = "", controller = "", stream = "", type = "", actor = "";
            long position = 0, previous = 0, version = 0;
            DateTimeOffset at = default;
            IReadOnlyList<string> subjects = [];
            if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject)
                throw new MalformedLeafException("it is not a JSON object");
            while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
            {
                if (Is("service"u8, 0)) service = Text();
                else if (Is("position"u8, 1)) position = Integer(1);
                else if (Is("previous"u8, 2)) previous = Integer(0);
                else if (Is("controller"u8, 3)) controller = Text();
                else if (Is("stream"u8, 4)) stream = Text();
                else if (Is("version"u8, 5)) version = Integer(1);
                else if (Is("type"u8, 6)) type = Text();
                else if (Is("actor"u8, 7)) actor = Text();
                else if (Is("timestamp"u8, 8)) at = Instant();
                else if (Is("subjects"u8, 9)) subjects = Texts();
                else if (Is("correlation"u8, 10)) Text();
                else if (Is("causation"u8, 11)) Text();
                else if (Is("data"u8, 12)) Object();
                else throw new MalformedLeafException("it has a member that a leaf has not");
            }
            if (_seen != (1 << 13) - 1)
                throw new MalformedLeafException("a member is missing");
            if (_json.Read())
                throw new MalformedLeafException("something follows the object");
            if (previous >= position)
                throw new MalformedLeafException("its previous position is not before its own");
            return new Leaf(service, position, previous, controller, stream, version, type, actor, at, subjects, bytes);
        }

        private bool Is(ReadOnlySpan<byte> name, int member)
        {
            if (!_json.ValueTextEquals(name))
                return false;
            if ((_seen & (1 << member)) != 0)
                throw new MalformedLeafException("a member is there twice");
            _seen |= 1 << member;
            _json.Read();
            return true;
        }

        private readonly string Text() => Searchable(_json.GetString() ?? throw new MalformedLeafException("a text is null"));

        private readonly long Integer(long least)
        {
            var value = _json.GetInt64();
            return value >= least && value <= LargestInteger ? value : throw new MalformedLeafException("a number is out of range");
        }

        private readonly DateTimeOffset Instant() =>
            DateTimeOffset.ParseExact(Text(), "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

        private List<string> Texts()
        {
            if (_json.TokenType != JsonTokenType.StartArray)
                throw new MalformedLeafException("its subjects are not an array");
            var texts = new List<string>();
            while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
                texts.Add(Text());
            return texts;
        }

        private void Object()
        {
            if (_json.TokenType != JsonTokenType.StartObject)
                throw new MalformedLeafException("its data is not an object");
            _json.Skip();
        }
    }
}

/// <summary>A leaf that cannot be accepted; the message says why and holds nothing of its content.</summary>
public sealed class MalformedLeafException(string reason, Exception? inner = null) : Exception(reason, inner);
