using System.Buffers;
using System.IO.Pipelines;

namespace Sv2.TestKit;

/// <summary>
/// Delivers what another pipe receives in pieces of chosen sizes: byte by byte, split at every point, or by a random
/// pattern. The reader sees each piece, and has looked at all of it, before the next one comes.
/// </summary>
public sealed class FragmentingDuplex : IDuplexPipe
{
    private readonly Pipe _pieces = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
    private readonly Func<int> _nextSize;

    /// <summary>Wraps <paramref name="inner"/>.</summary>
    /// <param name="inner">The pipe to read from; writing goes straight through.</param>
    /// <param name="nextSize">The size of the next piece in bytes, at least 1.</param>
    public FragmentingDuplex(IDuplexPipe inner, Func<int> nextSize)
    {
        _nextSize = nextSize;
        Output = inner.Output;
        Completion = PumpAsync(inner.Input);
    }

    /// <summary>Wraps <paramref name="inner"/> with pieces of one size.</summary>
    public FragmentingDuplex(IDuplexPipe inner, int size)
        : this(inner, () => size)
    {
    }

    /// <inheritdoc />
    public PipeReader Input => _pieces.Reader;

    /// <inheritdoc />
    public PipeWriter Output { get; }

    /// <summary>Completes when the other side has ended or the reader has gone.</summary>
    public Task Completion { get; }

    private async Task PumpAsync(PipeReader source)
    {
        while (true)
        {
            ReadResult read = await source.ReadAsync();
            ReadOnlySequence<byte> left = read.Buffer;
            bool hasReader = true;
            while (hasReader && !left.IsEmpty)
            {
                int size = (int)Math.Min(_nextSize(), left.Length);
                left.Slice(0, size).CopyTo(_pieces.Writer.GetSpan(size));
                _pieces.Writer.Advance(size);
                left = left.Slice(size);
                hasReader = !(await _pieces.Writer.FlushAsync()).IsCompleted;
            }

            source.AdvanceTo(read.Buffer.End);
            if (hasReader && !read.IsCompleted) continue;
            await _pieces.Writer.CompleteAsync();
            await source.CompleteAsync();
            return;
        }
    }
}
