using System.Threading.Channels;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Benchmarks.JobDeclaration;

/// <summary>One connection of a client that waits for one message after the other.</summary>
internal sealed class FrameClient : IFrameHandler, IAsyncDisposable
{
    private static readonly ConnectorOptions Options = new() { PayloadBytesMax = PayloadLimits.FullBlock, OutboundBytesMax = 32 * 1024 * 1024 };

    private readonly Sv2Connection _connection;
    private readonly Channel<(byte Type, byte[] Payload)> _frames = Channel.CreateUnbounded<(byte, byte[])>();
    private readonly Task _receiving;

    private FrameClient(Sv2Connection connection)
    {
        _connection = connection;
        _receiving = Task.Run(() => connection.RunAsync(this, CancellationToken.None));
    }

    public static async Task<FrameClient> ConnectAsync(ConnectionString server, Subprotocol protocol, uint flags)
    {
        Sv2Connection connection = await Sv2Connector.ConnectAsync(server, Options);
        SetupResult setup = await new ClientSetup { Protocol = protocol, Flags = flags, Vendor = "benchmark" }.RunAsync(connection);
        return setup.Succeeded ? new FrameClient(connection) : throw new InvalidOperationException(setup.Failure!.Reason.ToString());
    }

    public void Send<T>(in T message) where T : IMessage<T> => _connection.TrySend(message);

    /// <summary>The next message of this type; others before it are dropped.</summary>
    public async Task<T> ExpectAsync<T>() where T : IMessage<T>
    {
        while (true)
        {
            (byte type, byte[] payload) = await _frames.Reader.ReadAsync();
            if (type == T.Info.MessageType)
                return T.TryRead(payload, out T message, out DecodeError error) ? message : throw new InvalidOperationException(error.ToString());
            if (type is 0x24 or 0x59)
                throw new InvalidOperationException($"refused while {T.Info.Name} was expected: {System.Text.Encoding.ASCII.GetString(payload)}");
        }
    }

    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        _frames.Writer.TryWrite((header.MessageType, payload.ToArray()));
        return FrameVerdict.Continue;
    }

    public void OnBatchEnd()
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _receiving;
    }
}
