using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Sv2.Noise;
using Sv2.Protocol;

namespace Sv2.TestKit;

/// <summary>
/// A peer that does exactly what a test tells it, on either side of the connection, plain or encrypted, in or out of
/// order. It shares no code with Sv2.Transport, so that both cannot be wrong in the same way.
/// </summary>
public sealed class ScriptedPeer : IAsyncDisposable
{
    /// <summary>How long any step may take before the test fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly IDisposable? _owned;
    private NoiseSession? _session;

    /// <summary>A plain peer on one end of a connection.</summary>
    public ScriptedPeer(IDuplexPipe transport)
        : this(transport.Input, transport.Output, owned: null)
    {
    }

    private ScriptedPeer(PipeReader input, PipeWriter output, IDisposable? owned)
    {
        _input = input;
        _output = output;
        _owned = owned;
    }

    /// <summary>A plain peer over TCP.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="receiveBytes">Room for what the peer has not read; null for what the system gives.</param>
    public static async Task<ScriptedPeer> ConnectAsync(EndPoint endPoint, int? receiveBytes = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBytes is { } bytes) socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(endPoint);
        var stream = new NetworkStream(socket, ownsSocket: true);
        return new ScriptedPeer(PipeReader.Create(stream), PipeWriter.Create(stream), stream);
    }

    /// <summary>Secures the connection as a client. A null authority accepts any server.</summary>
    public async Task HandshakeAsClientAsync(AuthorityPublicKey? authority = null, TimeProvider? clock = null)
    {
        using var initiator = new NoiseInitiator(authority, clock ?? TimeProvider.System);
        byte[] act1 = new byte[NoiseInitiator.Act1Size];
        initiator.WriteAct1(act1);
        await SendRawAsync(act1);
        byte[] act2 = await ReceiveRawAsync(NoiseInitiator.Act2Size);
        if (!initiator.TryReadAct2(act2, out _session, out NoiseFailure? failure)) throw new InvalidOperationException(failure.Message);
    }

    /// <summary>Secures the connection as a server.</summary>
    public async Task HandshakeAsServerAsync(ServerCredentials credentials)
    {
        using var responder = new NoiseResponder(credentials);
        byte[] act2 = new byte[NoiseResponder.Act2Size];
        _session = responder.ReadAct1AndWriteAct2(await ReceiveRawAsync(NoiseResponder.Act1Size), act2);
        await SendRawAsync(act2);
    }

    /// <summary>Sends one message.</summary>
    public Task SendAsync<T>(T message, params byte[] tlvs) where T : IMessage<T> => SendRawAsync(ToWire(Frame.ToArray(in message, tlvs)));

    /// <summary>Sends a frame with any header and payload.</summary>
    public Task SendFrameAsync(ushort rawExtensionType, byte messageType, params byte[] payload) =>
        SendRawAsync(ToWire(ToFrame(rawExtensionType, messageType, payload)));

    /// <summary>A plain frame with any header and payload.</summary>
    public static byte[] ToFrame(ushort rawExtensionType, byte messageType, params byte[] payload)
    {
        byte[] frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader((ushort)(rawExtensionType & ~FrameHeader.ChannelBit), (rawExtensionType & FrameHeader.ChannelBit) != 0, messageType, payload.Length).Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        return frame;
    }

    /// <summary>The bytes that a plain frame takes on this connection's wire; advances the nonces.</summary>
    public byte[] ToWire(ReadOnlySpan<byte> plainFrame)
    {
        if (_session is null) return plainFrame.ToArray();
        byte[] wire = new byte[NoiseFraming.EncryptedFrameLength(plainFrame.Length - FrameHeader.Size)];
        _session.Encryptor.EncryptFrame(plainFrame, wire);
        return wire;
    }

    /// <summary>Sends bytes exactly as they are. Returns when the transport has taken them.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes) => await _output.WriteAsync(bytes).AsTask().WaitAsync(Patience);

    /// <summary>Receives exactly so many bytes as they are on the wire.</summary>
    public async Task<byte[]> ReceiveRawAsync(int count)
    {
        if (count == 0) return [];
        ReadResult read = await _input.ReadAtLeastAsync(count).AsTask().WaitAsync(Patience);
        if (read.Buffer.Length < count) throw new EndOfStreamException($"the peer closed after {read.Buffer.Length} of {count} bytes");
        byte[] bytes = read.Buffer.Slice(0, count).ToArray();
        _input.AdvanceTo(read.Buffer.GetPosition(count));
        return bytes;
    }

    /// <summary>Receives one frame.</summary>
    public async Task<ReceivedFrame> ReceiveAsync()
    {
        byte[] bytes = await ReceiveRawAsync(_session is null ? FrameHeader.Size : NoiseFraming.EncryptedHeaderSize);
        if (_session is not null && !_session.Decryptor.TryDecryptHeader(bytes, bytes.AsSpan(0, FrameHeader.Size)))
            throw new InvalidOperationException("a frame header does not decrypt");
        FrameHeader.TryRead(bytes, out FrameHeader header);
        byte[] payload = await ReceiveRawAsync(_session is null ? header.PayloadLength : NoiseFraming.EncryptedPayloadLength(header.PayloadLength));
        if (_session is not null && !_session.Decryptor.TryDecryptPayload(payload, header.PayloadLength))
            throw new InvalidOperationException("a frame's payload does not decrypt");
        return new ReceivedFrame(header, payload[..header.PayloadLength]);
    }

    /// <summary>Receives one frame, which must be this message.</summary>
    public async Task<T> ExpectAsync<T>() where T : IMessage<T>
    {
        ReceivedFrame frame = await ReceiveAsync();
        return frame.As<T>();
    }

    /// <summary>Waits for the other side to close; fails when anything but the end comes.</summary>
    public async Task ExpectCloseAsync()
    {
        try
        {
            ReadResult read = await _input.ReadAsync().AsTask().WaitAsync(Patience);
            long left = read.Buffer.Length;
            _input.AdvanceTo(read.Buffer.End);
            Assert.True(left == 0, $"expected the end of the connection, {left} bytes came");
            Assert.True(read.IsCompleted);
        }
        catch (IOException)
        {
            // A reset is an end as well.
        }
    }

    /// <summary>Waits for the other side to close, whatever it still sends.</summary>
    public async Task DrainAsync()
    {
        try
        {
            while (true)
            {
                ReadResult read = await _input.ReadAsync().AsTask().WaitAsync(Patience);
                _input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
            }
        }
        catch (IOException)
        {
            // A reset is an end as well.
        }
    }

    /// <summary>Ends our direction only.</summary>
    public async Task EndAsync() => await _output.CompleteAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _output.CompleteAsync();
            await _input.CompleteAsync();
        }
        catch (IOException)
        {
            // The other side was faster.
        }

        _session?.Dispose();
        _owned?.Dispose();
    }
}

/// <summary>A frame as a <see cref="ScriptedPeer"/> received it.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Payload">Its plaintext payload.</param>
public sealed record ReceivedFrame(FrameHeader Header, byte[] Payload)
{
    /// <summary>The frame as this message; fails where it is another or malformed.</summary>
    public T As<T>() where T : IMessage<T>
    {
        Assert.True(
            Header.ExtensionType == T.Info.ExtensionType && Header.MessageType == T.Info.MessageType,
            $"expected {T.Info.Name}, received {Header}");
        Assert.True(T.TryRead(Payload, out T message, out DecodeError error), $"{T.Info.Name}: {error}");
        return message;
    }
}
