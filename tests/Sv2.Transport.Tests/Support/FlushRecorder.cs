using System.IO.Pipelines;

namespace Sv2.Transport.Tests.Support;

/// <summary>Takes down how many bytes each flush of a connection's output carries: what the socket is given at a time.</summary>
internal sealed class FlushRecorder
{
    internal List<int> Sizes { get; } = [];

    internal IDuplexPipe Wrap(IDuplexPipe inner) => new Duplex(inner.Input, new Writer(inner.Output, Sizes));

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Writer(PipeWriter inner, List<int> sizes) : PipeWriter
    {
        private int _unflushed;

        public override void Advance(int bytes)
        {
            _unflushed += bytes;
            inner.Advance(bytes);
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            if (_unflushed > 0) sizes.Add(_unflushed);
            _unflushed = 0;
            return inner.FlushAsync(cancellationToken);
        }

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }
}
