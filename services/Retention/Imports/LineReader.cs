using System.Buffers;
using System.IO.Pipelines;

namespace Integritet.Retention.Imports;

/// <summary>One line of a body.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Bytes">Its bytes without the line's end; none of one that is too long.</param>
/// <param name="TooLong">Whether it is longer than any is taken.</param>
public readonly record struct Line(long Number, ReadOnlyMemory<byte> Bytes, bool TooLong);

/// <summary>Takes a body apart into lines as it comes in, with bounded memory: what is too long is passed over up to its end.</summary>
public sealed class LineReader(PipeReader body, long firstNumber)
{
    /// <summary>Bytes of the longest line taken.</summary>
    public const int MaxLineBytes = 64 * 1024;

    private long _number = firstNumber - 1;
    private bool _skipping;

    /// <summary>The next line; null at the end of the body. Throws what the connection throws when the body breaks off: a line that is not whole is not given.</summary>
    public async ValueTask<Line?> NextAsync()
    {
        while (true)
        {
            var result = await body.ReadAsync();
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Take(buffer.Slice(0, end));
                body.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }
            if (result.IsCompleted)
            {
                Line? last = buffer.IsEmpty && !_skipping ? null : Take(buffer);
                body.AdvanceTo(buffer.End);
                return last;
            }
            if (_skipping || buffer.Length > MaxLineBytes)
            {
                _skipping = true;
                body.AdvanceTo(buffer.End);
            }
            else
            {
                body.AdvanceTo(buffer.Start, buffer.End);
            }
        }
    }

    private Line Take(ReadOnlySequence<byte> bytes)
    {
        var tooLong = _skipping || bytes.Length > MaxLineBytes;
        _skipping = false;
        return new Line(++_number, tooLong ? default : bytes.ToArray().AsMemory().TrimEnd((byte)'\r'), tooLong);
    }
}
