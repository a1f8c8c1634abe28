using System.Threading.Channels;
using Sv2.Protocol;
using Sv2.TestKit;

namespace Sv2.Transport.Tests.Support;

/// <summary>Keeps the frames it is given and lets a test wait for them.</summary>
internal sealed class RecordingHandler : IFrameHandler
{
    private readonly Channel<ReceivedFrame> _frames = Channel.CreateBounded<ReceivedFrame>(1_000_000);

    /// <summary>Decides after each frame; null continues.</summary>
    internal Func<ReceivedFrame, FrameVerdict>? Decide { get; init; }

    internal int Batches { get; private set; }

    internal int Count => _frames.Reader.Count;

    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var frame = new ReceivedFrame(header, payload.ToArray());
        Assert.True(_frames.Writer.TryWrite(frame));
        return Decide?.Invoke(frame) ?? FrameVerdict.Continue;
    }

    public void OnBatchEnd() => Batches++;

    internal async Task<ReceivedFrame> NextAsync() => await _frames.Reader.ReadAsync().AsTask().WaitAsync(ScriptedPeer.Patience);

    internal async Task<T> NextAsync<T>() where T : IMessage<T> => (await NextAsync()).As<T>();

    internal bool TryNext(out ReceivedFrame? frame) => _frames.Reader.TryRead(out frame);
}

/// <summary>Answers from a delegate.</summary>
internal sealed class DelegateHandler(Func<FrameHeader, byte[], FrameVerdict> onFrame) : IFrameHandler
{
    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload) => onFrame(header, payload.ToArray());

    public void OnBatchEnd()
    {
    }
}
