using System.Buffers;
using System.Text;

namespace Sv1.Tests;

public sealed class LineSplitterTests
{
    [Theory]
    [InlineData("a\nb\n", "a|b")]
    [InlineData("a\r\nb\r\n", "a|b")]
    [InlineData("a\0\n \t b \n", "a|b")]
    [InlineData("\n\r\n\0\na\n", "a")]
    [InlineData("half", "")]
    public void Cuts_lines_and_takes_padding_off(string stream, string expected)
    {
        (string lines, LineStatus status) = Read(Whole(stream), 64);

        Assert.Equal(expected, lines);
        Assert.Equal(LineStatus.NeedsMore, status);
    }

    [Fact]
    public void A_line_may_come_in_pieces_of_any_size()
    {
        ReadOnlySequence<byte> pieces = Pieces("hello wo", "rl", "d\nsec", "ond\nrest");

        Assert.Equal("hello world|second", Read(pieces, 64).Lines);
    }

    [Theory]
    [InlineData("12345678901\n", LineStatus.TooLong)]
    [InlineData("1234567890\n", LineStatus.NeedsMore)]
    [InlineData("12345678901", LineStatus.TooLong)]
    [InlineData("1234567890", LineStatus.NeedsMore)]
    public void A_line_longer_than_may_be_is_refused_finished_or_not(string stream, LineStatus expected) =>
        Assert.Equal(expected, Read(Whole(stream), 10).Status);

    private static (string Lines, LineStatus Status) Read(ReadOnlySequence<byte> buffer, int max)
    {
        var splitter = new LineSplitter(max);
        List<string> lines = [];
        LineStatus status;
        while ((status = splitter.TryRead(ref buffer, out ReadOnlySpan<byte> line)) == LineStatus.Line)
            lines.Add(Encoding.UTF8.GetString(line));
        return (string.Join('|', lines), status);
    }

    private static ReadOnlySequence<byte> Whole(string text) => new(Encoding.UTF8.GetBytes(text));

    private static ReadOnlySequence<byte> Pieces(params string[] texts)
    {
        Piece first = new(texts[0], 0);
        Piece last = first;
        foreach (string text in texts[1..])
            last = last.Append(text);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(string text, long start)
        {
            Memory = Encoding.UTF8.GetBytes(text);
            RunningIndex = start;
        }

        public Piece Append(string text)
        {
            Piece next = new(text, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
