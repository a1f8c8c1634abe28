using System.Text;
using Sv2.Protocol;
using Sv2.Transport;

namespace Sv2.Roles.Tests.Pool;

/// <summary>Keeps what a peer sends, so that a test can wait for the message it wants, in the order of the wire.</summary>
internal sealed class FrameInbox : IFrameHandler
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<(FrameHeader Header, byte[] Payload)> _frames = [];
    private TaskCompletionSource _arrived = NewSignal();
    private bool _isClosed;

    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        lock (_gate) _frames.Add((header, payload.ToArray()));
        return FrameVerdict.Continue;
    }

    public void OnBatchEnd() => Signal();

    public void Close()
    {
        lock (_gate) _isClosed = true;
        Signal();
    }

    /// <summary>Takes the next message of a type that matches; messages of other types stay.</summary>
    public async Task<T> ExpectAsync<T>(Func<T, bool>? matches = null) where T : IMessage<T>
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                if (TryTake(matches, out T message)) return message;
                if (_isClosed) throw new InvalidOperationException($"the connection ended without {T.Info.Name}; left: {Describe()}");
                arrived = _arrived.Task;
            }

            try
            {
                await arrived.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                lock (_gate) throw new TimeoutException($"no {T.Info.Name} within {Patience.TotalSeconds} s; left: {Describe()}");
            }
        }
    }

    /// <summary>Takes the next frame of an extension, header and payload.</summary>
    public async Task<byte[]> ExpectFrameAsync(ushort extension)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                int index = _frames.FindIndex(frame => frame.Header.ExtensionType == extension);
                if (index >= 0)
                {
                    (FrameHeader header, byte[] payload) = _frames[index];
                    _frames.RemoveAt(index);
                    byte[] bytes = new byte[FrameHeader.Size + payload.Length];
                    header.Write(bytes);
                    payload.CopyTo(bytes, FrameHeader.Size);
                    return bytes;
                }

                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(patience.Token);
        }
    }

    /// <summary>Takes all messages of a type that have come.</summary>
    public List<T> TakeAll<T>() where T : IMessage<T>
    {
        var taken = new List<T>();
        lock (_gate)
        {
            while (TryTake(null, out T message)) taken.Add(message);
        }

        return taken;
    }

    /// <summary>Takes the payloads of all messages of a type that have come, with what follows the messages.</summary>
    public List<byte[]> TakeAllRaw<T>() where T : IMessage<T>
    {
        lock (_gate)
        {
            List<byte[]> taken = [.. _frames.Where(frame => Is<T>(frame.Header)).Select(frame => frame.Payload)];
            _frames.RemoveAll(frame => Is<T>(frame.Header));
            return taken;
        }
    }

    /// <summary>How many messages of a type are waiting.</summary>
    public int Count<T>() where T : IMessage<T>
    {
        lock (_gate) return _frames.Count(frame => Is<T>(frame.Header));
    }

    /// <summary>Names of the messages that were not taken, in order.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        foreach ((FrameHeader header, _) in _frames) text.Append(header.ExtensionType).Append(':').Append(header.MessageType.ToString("x2")).Append(' ');
        return text.ToString();
    }

    private static bool Is<T>(in FrameHeader header) where T : IMessage<T> =>
        header.ExtensionType == T.Info.ExtensionType && header.MessageType == T.Info.MessageType;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool TryTake<T>(Func<T, bool>? matches, out T message) where T : IMessage<T>
    {
        for (int i = 0; i < _frames.Count; i++)
        {
            if (!Is<T>(_frames[i].Header)) continue;
            Assert.True(T.TryRead(_frames[i].Payload, out message!, out DecodeError error), error.ToString());
            if (matches is not null && !matches(message)) continue;
            _frames.RemoveAt(i);
            return true;
        }

        message = default!;
        return false;
    }

    private void Signal()
    {
        TaskCompletionSource arrived;
        lock (_gate) (arrived, _arrived) = (_arrived, NewSignal());
        arrived.TrySetResult();
    }
}
