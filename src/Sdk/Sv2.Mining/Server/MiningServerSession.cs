using System.Buffers.Binary;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

/// <summary>
/// The channels of one downstream connection: answers its mining messages, sends it jobs and targets, checks its shares.
/// No I/O and no threads of its own.
/// </summary>
/// <remarks>
/// <para>
/// The owner serialises all calls (one lock a session): the generated dispatcher calls the <c>On…</c> methods for what
/// the client sends; <see cref="Refresh()"/> after a <see cref="JobFamily"/> changed; <see cref="AcknowledgeThrough"/> when
/// shares became durable; <see cref="Tick"/> a few times a second; <see cref="Dispose"/> when the connection is gone.
/// </para>
/// <para>
/// Whatever a client sends is answered by the message the protocol has for it and leaves every other connection, and
/// this connection's other channels, as they were. Nothing a client sends makes a method throw.
/// </para>
/// </remarks>
public sealed partial class MiningServerSession : IMiningServerHandler, IDisposable
{
    // Enough for every message but jobs and long error texts; grows with the first larger one.
    private const int ScratchBytesMin = 512;

    private readonly MiningServer _server;
    private readonly MiningServerOptions _options;
    private readonly IMiningOutput _output;
    private readonly IShareSink _shares;
    private readonly bool _requiresStandardJobs;
    private readonly Dictionary<uint, ServerChannel> _channels = [];
    private readonly Dictionary<uint, ChannelGroup> _groups = [];
    private byte[] _scratch = new byte[ScratchBytesMin];
    private bool _disposed;

    internal MiningServerSession(MiningServer server, MiningSetupFlags clientFlags, IMiningOutput output, IShareSink shares)
    {
        _server = server;
        _options = server.Options;
        ClientFlags = clientFlags;
        _requiresStandardJobs = clientFlags.HasFlag(MiningSetupFlags.RequiresStandardJobs);
        _output = output;
        _shares = shares;
        _pending = new AcknowledgementQueue(_options.PendingSharesMax);
    }

    /// <summary>The flags the client set in <c>SetupConnection</c>.</summary>
    public MiningSetupFlags ClientFlags { get; }

    /// <summary>The open channels.</summary>
    public IReadOnlyCollection<ServerChannel> Channels => _channels.Values;

    /// <summary>Messages of the client that had no effect and have no error answer: closing an unknown channel.</summary>
    public long IgnoredMessages { get; private set; }

    private long Now => _server.Time.GetTimestamp();

    /// <summary>Finds an open channel.</summary>
    /// <param name="channelId">Its id.</param>
    /// <returns>The channel, or <see langword="null"/>; also for a group's id.</returns>
    public ServerChannel? FindChannel(uint channelId) => _channels.GetValueOrDefault(channelId);

    /// <summary>
    /// Does what is due by the clock: acknowledgements whose delay is over, targets of channels that fell silent, custom
    /// jobs that waited too long. Call it a few times a second; it is cheap when nothing is due.
    /// </summary>
    public void Tick()
    {
        long now = Now;
        FlushDueAcknowledgements(now);
        ExpireCustomJobs(now);
        foreach (ServerChannel channel in _channels.Values)
            Retarget(channel, now);
    }

    /// <summary>Ends the session: the connection is gone. Gives back all prefixes; sends nothing.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (ServerChannel channel in _channels.Values)
            Close(channel);
        _channels.Clear();
        _groups.Clear();
        _pendingCustomJobs.Clear();
        _deferred.Clear();
    }

    private void Send<T>(in T message) where T : IMessage<T>
    {
        int length = Frame.Length(message);
        EnsureScratch(length);
        Frame.Write(message, _scratch);
        _output.Send(_scratch.AsSpan(0, length));
    }

    // The frame was encoded for a group; a single channel gets the same bytes under its own id.
    private void SendTo(uint channelId, ReadOnlySpan<byte> groupFrame)
    {
        EnsureScratch(groupFrame.Length);
        groupFrame.CopyTo(_scratch);
        BinaryPrimitives.WriteUInt32LittleEndian(_scratch.AsSpan(FrameHeader.Size), channelId);
        _output.Send(_scratch.AsSpan(0, groupFrame.Length));
    }

    private void EnsureScratch(int length)
    {
        if (_scratch.Length < length)
            _scratch = new byte[Math.Max(length, 2 * _scratch.Length)];
    }
}
