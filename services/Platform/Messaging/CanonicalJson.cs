using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Integritet.Platform.Messaging;

/// <summary>
/// The JSON Canonicalization Scheme, RFC 8785: no whitespace, members sorted by UTF-16 code units, numbers as ECMAScript writes IEEE 754 doubles, strings with the fewest escapes.
/// Two parties that hold the same value hold the same bytes, so that a hash over them means something.
/// </summary>
public static class CanonicalJson
{
    /// <summary>The canonical bytes of one JSON value. Throws <see cref="JsonException"/> for what RFC 8785 cannot express: malformed JSON, a repeated member, a lone surrogate, a number beyond a double.</summary>
    public static byte[] Of(ReadOnlySpan<byte> json)
    {
        var writer = new CanonicalJsonWriter();
        writer.Json(json);
        return writer.Written.ToArray();
    }
}

/// <summary>Writes canonical JSON into one growing buffer, which is kept for the next use. Not for two threads at once.</summary>
internal sealed class CanonicalJsonWriter
{
    private readonly List<Member> _members = [];
    private byte[] _buffer = new byte[4096];
    private byte[] _scratch = [];
    private int _length;

    /// <summary>Where a member lies in the buffer: its quoted name, and where its value ends.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Member(int Start, int NameLength, int End);

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public int Length => _length;

    public void Clear() => _length = 0;

    /// <summary>Bytes that are canonical already.</summary>
    public void Raw(ReadOnlySpan<byte> canonical)
    {
        canonical.CopyTo(Space(canonical.Length));
        _length += canonical.Length;
    }

    public void Integer(long value)
    {
        Utf8Formatter.TryFormat(value, Space(20), out var written);
        _length += written;
    }

    public void String(ReadOnlySpan<char> value)
    {
        var room = Encoding.UTF8.GetMaxByteCount(value.Length);
        var bytes = ArrayPool<byte>.Shared.Rent(room);
        try
        {
            if (Utf8.FromUtf16(value, bytes, out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
                throw new JsonException("A string holds a lone surrogate.");
            Escaped(bytes.AsSpan(0, written));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Any JSON value, brought to canonical form.</summary>
    public void Json(ReadOnlySpan<byte> json)
    {
        _members.Clear();
        var reader = new Utf8JsonReader(json);
        if (!reader.Read())
            throw new JsonException("There is no JSON value.");
        Value(ref reader);
        if (reader.Read())
            throw new JsonException("More than one JSON value.");
    }

    private void Value(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject: Object(ref reader); break;
            case JsonTokenType.StartArray: Array(ref reader); break;
            case JsonTokenType.String: Text(ref reader); break;
            case JsonTokenType.Number: Number(reader.ValueSpan); break;
            case JsonTokenType.True: Raw("true"u8); break;
            case JsonTokenType.False: Raw("false"u8); break;
            case JsonTokenType.Null: Raw("null"u8); break;
            default: throw new JsonException($"Unexpected {reader.TokenType}.");
        }
    }

    private void Array(ref Utf8JsonReader reader)
    {
        Raw("["u8);
        for (var first = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; first = false)
        {
            if (!first) Raw(","u8);
            Value(ref reader);
        }

        Raw("]"u8);
    }

    /// <summary>Members are written as they come and put in order afterwards, if they were not in order already.</summary>
    private void Object(ref Utf8JsonReader reader)
    {
        Raw("{"u8);
        var start = _length;
        var firstMember = _members.Count;
        var inOrder = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (_length > start) Raw(","u8);
            var name = _length;
            Text(ref reader);
            var nameLength = _length - name;
            Raw(":"u8);
            reader.Read();
            Value(ref reader);
            var member = new Member(name, nameLength, _length);
            inOrder = inOrder && (_members.Count == firstMember || Compare(_members[^1], member) < 0);
            _members.Add(member);
        }

        if (!inOrder) Reorder(firstMember, start);
        _members.RemoveRange(firstMember, _members.Count - firstMember);
        Raw("}"u8);
    }

    private void Reorder(int firstMember, int start)
    {
        _members.Sort(firstMember, _members.Count - firstMember, Comparer<Member>.Create(Compare));
        var length = _length - start;
        if (_scratch.Length < length) _scratch = new byte[Math.Max(length, 1024)];
        var target = 0;
        for (var i = firstMember; i < _members.Count; i++)
        {
            var member = _members[i];
            if (i > firstMember)
            {
                if (Compare(_members[i - 1], member) == 0)
                    throw new JsonException("A member occurs twice in one object.");
                _scratch[target++] = (byte)',';
            }

            var source = _buffer.AsSpan(member.Start, member.End - member.Start);
            source.CopyTo(_scratch.AsSpan(target));
            target += source.Length;
        }

        _scratch.AsSpan(0, length).CopyTo(_buffer.AsSpan(start));
    }

    private int Compare(Member left, Member right) => CompareNames(_buffer.AsSpan(left.Start, left.NameLength), _buffer.AsSpan(right.Start, right.NameLength));

    /// <summary>Order of UTF-16 code units (RFC 8785 3.2.3), of two quoted names in UTF-8.</summary>
    private static int CompareNames(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Contains((byte)'\\') || right.Contains((byte)'\\'))
            return string.CompareOrdinal(Unquoted(left), Unquoted(right));

        left = left[1..^1];
        right = right[1..^1];
        var same = left.CommonPrefixLength(right);
        if (same == left.Length || same == right.Length) return left.Length - right.Length;
        return CodeUnitRank(left[same]) - CodeUnitRank(right[same]);
    }

    /// <summary>UTF-8 sorts as UTF-16 does, except that surrogate pairs (lead byte F0 and up) come before U+E000 to U+FFFF (lead bytes EE and EF).</summary>
    private static int CodeUnitRank(byte lead) => lead switch { >= 0xF0 => lead - 2, >= 0xEE => lead + 0x10, _ => lead };

    private static string Unquoted(ReadOnlySpan<byte> quoted)
    {
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        return reader.GetString()!;
    }

    private void Text(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            // Without escapes a JSON string is canonical as it stands.
            if (!Utf8.IsValid(reader.ValueSpan)) throw new JsonException("A string is not UTF-8.");
            Raw("\""u8);
            Raw(reader.ValueSpan);
            Raw("\""u8);
            return;
        }

        var bytes = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            var length = reader.CopyString(bytes);
            Escaped(bytes.AsSpan(0, length));
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string is not Unicode.", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Escaped(ReadOnlySpan<byte> text)
    {
        var space = Space(2 + (text.Length * 6));
        var at = 0;
        space[at++] = (byte)'"';
        foreach (var b in text)
        {
            if (b >= 0x20 && b != '"' && b != '\\')
            {
                space[at++] = b;
                continue;
            }

            space[at++] = (byte)'\\';
            var letter = b switch { 8 => 'b', 9 => 't', 10 => 'n', 12 => 'f', 13 => 'r', (byte)'"' => '"', (byte)'\\' => '\\', _ => 'u' };
            space[at++] = (byte)letter;
            if (letter != 'u') continue;
            Utf8Formatter.TryFormat(b, space[at..], out var written, new StandardFormat('x', 4));
            at += written;
        }

        space[at++] = (byte)'"';
        _length += at;
    }

    private void Number(ReadOnlySpan<byte> token)
    {
        // Fifteen digits always fit a double exactly, and JSON allows no leading zeros.
        if (token.Length <= 15 && !token.ContainsAny(".eE"u8) && !token.SequenceEqual("-0"u8))
        {
            Raw(token);
            return;
        }

        if (!double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            throw new JsonException("A number is beyond an IEEE 754 double.");
        _length += EcmaScriptNumber(value, Space(32));
    }

    /// <summary>ECMA-262 Number::toString; .NET gives the same shortest digits, laid out differently.</summary>
    private static int EcmaScriptNumber(double value, Span<byte> target)
    {
        Span<byte> shortest = stackalloc byte[32];
        value.TryFormat(shortest, out var length, "R", CultureInfo.InvariantCulture);
        Span<byte> digits = stackalloc byte[32];
        var (count, point) = Digits(shortest[..length], digits);
        digits = digits[..count];
        if (count == 0) return Put(target, 0, "0"u8);

        var at = value < 0 ? Put(target, 0, "-"u8) : 0;
        if (point is > 0 and <= 21)
        {
            at = Put(target, at, digits[..Math.Min(count, point)]);
            for (var zeros = point - count; zeros > 0; zeros--) at = Put(target, at, "0"u8);
            return count <= point ? at : Put(target, Put(target, at, "."u8), digits[point..]);
        }

        if (point is > -6 and <= 0)
        {
            at = Put(target, at, "0."u8);
            for (var zeros = -point; zeros > 0; zeros--) at = Put(target, at, "0"u8);
            return Put(target, at, digits);
        }

        at = Put(target, at, digits[..1]);
        if (count > 1) at = Put(target, Put(target, at, "."u8), digits[1..]);
        at = Put(target, at, point > 0 ? "e+"u8 : "e-"u8);
        Utf8Formatter.TryFormat(Math.Abs(point - 1), target[at..], out var exponent);
        return at + exponent;
    }

    /// <summary>Significant digits without zeros at either end, and where the decimal point stands relative to the first of them.</summary>
    private static (int Count, int Point) Digits(ReadOnlySpan<byte> number, Span<byte> digits)
    {
        var e = number.IndexOf((byte)'E');
        var exponent = 0;
        if (e >= 0)
        {
            exponent = int.Parse(number[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            number = number[..e];
        }

        var count = 0;
        var point = 0;
        var seenPoint = false;
        foreach (var c in number)
        {
            if (c == '-') continue;
            if (c == '.')
            {
                seenPoint = true;
                continue;
            }

            if (count > 0 || c != '0') digits[count++] = c;
            if (!seenPoint && count > 0) point++;
            if (seenPoint && count == 0) point--;
        }

        while (count > 0 && digits[count - 1] == '0') count--;
        return (count, point + exponent);
    }

    private static int Put(Span<byte> target, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target[at..]);
        return at + bytes.Length;
    }

    private Span<byte> Space(int room)
    {
        if (_buffer.Length - _length < room)
            System.Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + room));
        return _buffer.AsSpan(_length);
    }
}
