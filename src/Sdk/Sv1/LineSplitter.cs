using System.Buffers;

namespace Sv1;

/// <summary>What <see cref="LineSplitter.TryRead"/> found.</summary>
public enum LineStatus
{
    /// <summary>A whole line.</summary>
    Line,

    /// <summary>The line has not ended yet.</summary>
    NeedsMore,

    /// <summary>The line is longer than may be.</summary>
    TooLong,
}

/// <summary>
/// Cuts a stream of bytes into lines of bounded length. What deployed firmware puts around its lines is taken off: carriage
/// returns, blanks, NUL bytes and empty lines. One instance a connection; not thread-safe.
/// </summary>
/// <param name="lineBytesMax">Most bytes of a line, without its line feed.</param>
public sealed class LineSplitter(int lineBytesMax)
{
    private static readonly SearchValues<byte> Padding = SearchValues.Create("\r \t\0"u8);

    private byte[] _joined = [];

    /// <summary>Most bytes of a line, without its line feed.</summary>
    public int LineBytesMax { get; } = lineBytesMax;

    /// <summary>Takes one line from the front of the buffer.</summary>
    /// <param name="buffer">What was received and not taken yet; its start moves behind what was taken.</param>
    /// <param name="line">The line without line feed and padding, never empty; valid until the next call or until the buffer's memory is released.</param>
    /// <returns>Whether there is a line; at <see cref="LineStatus.TooLong"/> the stream cannot be trusted any more.</returns>
    public LineStatus TryRead(ref ReadOnlySequence<byte> buffer, out ReadOnlySpan<byte> line)
    {
        line = default;
        while (true)
        {
            SequencePosition? end = buffer.PositionOf((byte)'\n');
            if (end is not { } feed)
                return buffer.Length > LineBytesMax ? LineStatus.TooLong : LineStatus.NeedsMore;
            ReadOnlySequence<byte> raw = buffer.Slice(0, feed);
            if (raw.Length > LineBytesMax)
                return LineStatus.TooLong;
            buffer = buffer.Slice(buffer.GetPosition(1, feed));
            line = Trim(raw.IsSingleSegment ? raw.FirstSpan : Join(raw));
            if (!line.IsEmpty)
                return LineStatus.Line;
        }
    }

    private ReadOnlySpan<byte> Join(scoped in ReadOnlySequence<byte> raw)
    {
        int length = (int)raw.Length;
        if (_joined.Length < length)
            _joined = new byte[Math.Max(length, 2 * _joined.Length)];
        raw.CopyTo(_joined);
        return _joined.AsSpan(0, length);
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line)
    {
        int start = line.IndexOfAnyExcept(Padding);
        return start < 0 ? default : line[start..(line.LastIndexOfAnyExcept(Padding) + 1)];
    }
}
