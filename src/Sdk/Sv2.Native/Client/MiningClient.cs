using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Protocol.Mining;

namespace Sv2.Native.Client;

/// <summary>
/// A mining connection without a socket: bytes in, bytes and events out. Does the handshake, sets the connection up, then
/// hands mining messages to the SDK's session. The caller holds the gate of its handle around every call.
/// </summary>
/// <remarks>
/// Three bounds: unread bytes (one frame and a bit), bytes to be sent, and events not yet taken. At the last one no further
/// frame is looked at until events are taken, so that bytes wait in the socket and nothing is lost.
/// </remarks>
internal sealed partial class MiningClient : IMiningOutput, IDisposable
{
    private const int OutboundBytesMax = 1 << 20;
    private const int ReceiveAhead = 64 * 1024;

    private readonly ClientSettings _settings;
    private readonly NoiseInitiator? _initiator;
    private readonly ByteQueue _received;
    private readonly ByteQueue _outgoing = new(OutboundBytesMax);
    private readonly Queue<ClientEvent> _events = new();
    private readonly ClientWorks _works = new();
    private readonly HashSet<ushort> _extensions = [];
    private NoiseSession? _noise;
    private MiningClientSession? _session;
    private FrameHeader? _announced;
    private Step _step;

    public MiningClient(ClientSettings settings)
    {
        _settings = settings;
        _received = new ByteQueue(NoiseFraming.EncryptedFrameLength(settings.PayloadMax) + ReceiveAhead);
        if (settings.Plaintext)
        {
            SendSetup();
            return;
        }
        _initiator = new NoiseInitiator(settings.Authority, settings.Clock);
        _initiator.WriteAct1(_outgoing.Extend(NoiseInitiator.Act1Size));
        _step = Step.Handshake;
    }

    private enum Step
    {
        Handshake,
        Setup,
        Open,
        Closed,
    }

    /// <summary>The channels; <see langword="null"/> before the server has accepted the connection, and after its end.</summary>
    public MiningClientSession? Session => _step == Step.Open ? _session : null;

    public bool IsClosed => _step == Step.Closed;

    public ReadOnlySpan<byte> Outgoing => _outgoing.Content;

    public ClientWorks Works => _works;

    public TimeProvider Clock => _settings.Clock;

    public void Sent(int count) => _outgoing.Remove(count);

    public bool HasExtension(ushort extension) => _extensions.Contains(extension);

    /// <summary>Takes bytes from the socket, as many as there is room for, and says how many.</summary>
    public int Receive(ReadOnlySpan<byte> bytes)
    {
        var taken = 0;
        int step;
        do
        {
            step = _received.Add(bytes[taken..]);
            taken += step;
            Pump();
        }
        while (step > 0 && taken < bytes.Length && _step != Step.Closed);
        return taken;
    }

    /// <summary>Takes the oldest event.</summary>
    public bool TryTake(out ClientEvent taken)
    {
        if (_events.Count == 0)
            Pump();
        return _events.TryDequeue(out taken!);
    }

    /// <inheritdoc/>
    public bool Send(ReadOnlySpan<byte> frame)
    {
        if (_step == Step.Closed)
            return false;
        var length = _noise is null ? frame.Length : NoiseFraming.EncryptedFrameLength(frame.Length - FrameHeader.Size);
        if (length > _outgoing.Room)
        {
            Close($"{_outgoing.Length} bytes wait to be sent, the limit is {OutboundBytesMax}");
            return false;
        }
        var target = _outgoing.Extend(length);
        if (_noise is null)
            frame.CopyTo(target);
        else
            _ = _noise.Encryptor.EncryptFrame(frame, target);
        return true;
    }

    public void Dispose()
    {
        _step = Step.Closed;
        _initiator?.Dispose();
        _noise?.Dispose();
        _received.Clear();
        _outgoing.Clear();
        _events.Clear();
    }

    private void Send<T>(in T message)
        where T : IMessage<T> => Send(Frame.ToArray(message));

    private void SendSetup()
    {
        _step = Step.Setup;
        Send(_settings.Setup);
    }

    /// <summary>Goes on with what has arrived, as far as it is whole and there is room for events.</summary>
    private void Pump()
    {
        while (_events.Count < _settings.EventsMax && _step switch
        {
            Step.Handshake => TryFinishHandshake(),
            Step.Closed => false,
            _ => TryTakeFrame(),
        })
        {
        }
    }

    private bool TryFinishHandshake()
    {
        if (_received.Length < NoiseInitiator.Act2Size)
            return false;
        if (!_initiator!.TryReadAct2(_received.Content[..NoiseInitiator.Act2Size], out _noise, out var failure))
        {
            Close(failure.Message);
            return false;
        }
        _received.Remove(NoiseInitiator.Act2Size);
        SendSetup();
        return true;
    }

    private bool TryTakeFrame()
    {
        if (_announced is not { } header)
            return TryTakeHeader();
        var length = _noise is null ? header.PayloadLength : NoiseFraming.EncryptedPayloadLength(header.PayloadLength);
        if (_received.Length < length)
            return false;
        var payload = _received.Content[..length];
        if (_noise is not null && !_noise.Decryptor.TryDecryptPayload(payload, header.PayloadLength))
        {
            Close("a payload is not what the server sent");
            return false;
        }
        _announced = null;
        Dispatch(header, payload[..header.PayloadLength]);
        _received.Remove(length);
        return true;
    }

    private bool TryTakeHeader()
    {
        var size = _noise is null ? FrameHeader.Size : NoiseFraming.EncryptedHeaderSize;
        if (_received.Length < size)
            return false;
        Span<byte> plain = stackalloc byte[FrameHeader.Size];
        if (_noise is null)
        {
            _received.Content[..FrameHeader.Size].CopyTo(plain);
        }
        else if (!_noise.Decryptor.TryDecryptHeader(_received.Content[..size], plain))
        {
            Close("a frame header is not what the server sent");
            return false;
        }
        _received.Remove(size);
        if (!FrameHeader.TryRead(plain, out var header) || header.PayloadLength > _settings.PayloadMax)
        {
            Close($"a payload of {header.PayloadLength} bytes was announced, the limit is {_settings.PayloadMax}");
            return false;
        }
        _announced = header;
        return true;
    }

    private void Dispatch(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var result = CommonDispatcher.DispatchToClient(header, payload, this);
        if (result.Outcome == DispatchOutcome.Unknown && _step == Step.Open)
            result = MiningDispatcher.DispatchToClient(header, payload, _session!);
        if (result.Outcome == DispatchOutcome.Unknown && _step == Step.Open)
            result = ExtensionsNegotiationDispatcher.DispatchToClient(header, payload, this);
        if (result.Outcome == DispatchOutcome.Malformed)
            Close($"the server sent a malformed message: {result}");
        else if (result.Outcome == DispatchOutcome.Unknown && _step == Step.Setup)
            Close($"the server sent {header} before it accepted the connection");
        // Any other unknown message is to be ignored (3.4.1).
    }

    private void Close(string reason)
    {
        if (_step == Step.Closed)
            return;
        _step = Step.Closed;
        _events.Enqueue(new ClientEvent(ClientEventType.Closed) { Text = reason });
    }
}
