using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Integritet.Platform.EventStore.Appending;

namespace Integritet.Platform.EventStore.Reading;

/// <summary>
/// Recorded events from PostgreSQL's binary COPY format (manual, "COPY", "Binary Format"): one row at a time from one buffer. What a row shares with the one before it
/// (tenant, type, metadata) is the same object, so that a log of many events is read with few allocations.
/// </summary>
internal sealed class CopiedEvents(Stream stream)
{
    private const int HeaderBytes = 19, FieldCount = 12, MaxRowBytes = 1 << 30;

    private static readonly DateTime PostgresEpoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly RepeatedText _tenant = new(), _stream = new(), _type = new();
    private byte[] _buffer = new byte[64 * 1024];
    private int _start, _end;
    private byte[] _metadataBytes = [];
    private EventMetadata? _metadata;

    public async IAsyncEnumerable<RecordedEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (_end < HeaderBytes)
            await FillAsync(cancellationToken);
        _start = HeaderBytes; // signature, flags, and an extension of no length
        while (true)
        {
            RecordedEvent? next;
            bool ended;
            while (!TryRead(out next, out ended))
                await FillAsync(cancellationToken);
            if (ended)
                yield break;
            yield return next!;
        }
    }

    /// <summary>Reads the row at the start of the buffer; false when it is not all there yet.</summary>
    private bool TryRead(out RecordedEvent? row, out bool ended)
    {
        (row, ended) = (null, false);
        var bytes = _buffer.AsSpan(_start, _end - _start);
        if (bytes.Length < 2)
            return false;
        var count = BinaryPrimitives.ReadInt16BigEndian(bytes);
        if (count == -1)
            return ended = true;
        if (count != FieldCount)
            throw new InvalidDataException($"COPY gave {count} columns instead of {FieldCount}.");

        Span<Range> fields = stackalloc Range[FieldCount];
        var at = 2;
        for (var i = 0; i < FieldCount; i++)
        {
            if (bytes.Length < at + 4)
                return false;
            var length = Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(bytes[at..])); // -1 is null, which reads as empty
            at += 4;
            if (bytes.Length - at < length)
                return false;
            fields[i] = at..(at + length);
            at += length;
        }
        row = Row(bytes, fields);
        _start += at;
        return true;
    }

    private RecordedEvent Row(ReadOnlySpan<byte> bytes, ReadOnlySpan<Range> fields) => new(
        BinaryPrimitives.ReadInt64BigEndian(bytes[fields[0]]),
        new Guid(bytes[fields[1]], bigEndian: true),
        _tenant.Of(bytes[fields[2]]),
        _stream.Of(bytes[fields[3]]),
        BinaryPrimitives.ReadInt64BigEndian(bytes[fields[4]]),
        _type.Of(bytes[fields[5]]),
        bytes[fields[6]][1..].ToArray(), // jsonb: a version byte, then the text
        new DateTimeOffset(PostgresEpoch.AddTicks(BinaryPrimitives.ReadInt64BigEndian(bytes[fields[7]]) * TimeSpan.TicksPerMicrosecond)),
        Metadata(bytes, fields));

    private EventMetadata Metadata(ReadOnlySpan<byte> bytes, ReadOnlySpan<Range> fields)
    {
        var all = bytes[fields[8].Start..fields[11].End];
        if (_metadata is not null && all.SequenceEqual(_metadataBytes))
            return _metadata;
        _metadataBytes = all.ToArray();
        var headers = bytes[fields[11]];
        return _metadata = EventHeaders.Read(
            Encoding.UTF8.GetString(bytes[fields[8]]), Encoding.UTF8.GetString(bytes[fields[9]]), Encoding.UTF8.GetString(bytes[fields[10]]), headers.IsEmpty ? headers : headers[1..]);
    }

    /// <summary>Reads more; moves what is left to the front and grows the buffer when a row does not fit.</summary>
    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        var left = _end - _start;
        if (left == _buffer.Length)
        {
            if (_buffer.Length >= MaxRowBytes)
                throw new InvalidDataException("A row of the log is larger than 1 GiB.");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        if (_start > 0)
            _buffer.AsSpan(_start, left).CopyTo(_buffer);
        (_start, _end) = (0, left);
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        if (read == 0)
            throw new EndOfStreamException("COPY ended in the middle of a row.");
        _end += read;
    }

    /// <summary>A text that is mostly the one before it.</summary>
    private sealed class RepeatedText
    {
        private byte[] _bytes = [];
        private string _text = "";

        public string Of(ReadOnlySpan<byte> bytes)
        {
            if (!bytes.SequenceEqual(_bytes))
                (_bytes, _text) = (bytes.ToArray(), Encoding.UTF8.GetString(bytes));
            return _text;
        }
    }
}
