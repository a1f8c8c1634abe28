using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Client;

/// <summary>
/// The channels of one upstream connection, seen from the client: opens them, follows their jobs, targets and prefixes,
/// submits shares and adds up what the server acknowledges. No I/O and no threads of its own.
/// </summary>
/// <remarks>
/// The owner serialises all calls (one lock a session): the generated dispatcher calls the <c>On…</c> methods for what the
/// server sends, and the owner calls the rest. Hashers read <see cref="MiningWork"/>, which is immutable, without the lock.
/// Nothing a server sends makes a method throw.
/// </remarks>
public sealed partial class MiningClientSession : IMiningClientHandler
{
    private const int ScratchBytesMin = 512;

    private readonly IMiningOutput _output;
    private readonly IMiningClientEvents _events;
    private readonly TimeProvider _time;
    private readonly MiningClientOptions _options;
    private readonly Dictionary<uint, ClientChannel> _channels = [];
    private readonly Dictionary<uint, List<ClientChannel>> _groups = [];
    private readonly Dictionary<uint, OpenRequest> _opening = [];
    private readonly Dictionary<uint, CustomJob> _customJobs = [];
    private byte[] _scratch = new byte[ScratchBytesMin];
    private readonly byte[] _extranonce = new byte[SubmittedExtranonceMax];
    private readonly uint _standardVersionMask;
    private uint _lastRequestId;

    /// <summary>Makes the session of a connection whose setup is done.</summary>
    /// <param name="output">Where frames to the server go.</param>
    /// <param name="events">Who is told.</param>
    /// <param name="time">The clock.</param>
    /// <param name="serverFlags">The flags of <c>SetupConnection.Success</c>: with REQUIRES_FIXED_VERSION no version is ever rolled.</param>
    /// <param name="options">Limits; <see langword="null"/> for the defaults.</param>
    public MiningClientSession(
        IMiningOutput output,
        IMiningClientEvents events,
        TimeProvider time,
        MiningSetupSuccessFlags serverFlags = 0,
        MiningClientOptions? options = null)
    {
        _output = output;
        _standardVersionMask = serverFlags.HasFlag(MiningSetupSuccessFlags.RequiresFixedVersion) ? 0 : BlockHeader.VersionRollingMask;
        _events = events;
        _time = time;
        _options = options ?? new MiningClientOptions();
        _options.Validate();
    }

    /// <summary>The open channels.</summary>
    public IReadOnlyCollection<ClientChannel> Channels => _channels.Values;

    /// <summary>Finds an open channel.</summary>
    /// <param name="channelId">Its id.</param>
    /// <returns>The channel, or <see langword="null"/>; also for a group's id.</returns>
    public ClientChannel? FindChannel(uint channelId) => _channels.GetValueOrDefault(channelId);

    /// <summary>Asks for a standard channel (5.3.2).</summary>
    /// <param name="userIdentity">At most 255 bytes.</param>
    /// <param name="nominalHashRate">Hashes a second (not GH/s); 0 when nothing hashes yet.</param>
    /// <param name="maxTarget">The easiest target the device can work with.</param>
    /// <param name="tag">Found again in <see cref="ClientChannel.Tag"/>.</param>
    /// <returns>The request's id, unique on the connection.</returns>
    public uint OpenStandardChannel(Text userIdentity, float nominalHashRate, U256 maxTarget, object? tag = null)
    {
        uint requestId = NextRequestId();
        _opening.Add(requestId, new OpenRequest(ChannelKind.Standard, userIdentity, nominalHashRate, maxTarget, 0, tag));
        Send(new OpenStandardMiningChannel { RequestId = requestId, UserIdentity = userIdentity, NominalHashRate = nominalHashRate, MaxTarget = maxTarget });
        return requestId;
    }

    /// <summary>Asks for an extended channel (5.3.4).</summary>
    /// <param name="userIdentity">At most 255 bytes.</param>
    /// <param name="nominalHashRate">Hashes a second of all devices together; 0 when there are none yet.</param>
    /// <param name="maxTarget">The easiest target the devices can work with.</param>
    /// <param name="minExtranonceSize">Least bytes of extranonce needed.</param>
    /// <param name="tag">Found again in <see cref="ClientChannel.Tag"/>.</param>
    /// <returns>The request's id, unique on the connection.</returns>
    public uint OpenExtendedChannel(Text userIdentity, float nominalHashRate, U256 maxTarget, ushort minExtranonceSize, object? tag = null)
    {
        uint requestId = NextRequestId();
        _opening.Add(requestId, new OpenRequest(ChannelKind.Extended, userIdentity, nominalHashRate, maxTarget, minExtranonceSize, tag));
        Send(new OpenExtendedMiningChannel
        {
            RequestId = requestId,
            UserIdentity = userIdentity,
            NominalHashRate = nominalHashRate,
            MaxTarget = maxTarget,
            MinExtranonceSize = minExtranonceSize,
        });
        return requestId;
    }

    /// <summary>Tells the server of a changed hash rate or maximum target (5.3.7).</summary>
    /// <param name="channel">An open channel.</param>
    /// <param name="nominalHashRate">Hashes a second.</param>
    /// <param name="maxTarget">The easiest target the devices can work with.</param>
    public void UpdateChannel(ClientChannel channel, float nominalHashRate, U256 maxTarget)
    {
        if (channel.IsClosed)
            return;
        channel.NominalHashRate = nominalHashRate;
        channel.MaxTarget = maxTarget;
        Send(new UpdateChannel { ChannelId = channel.Id, NominalHashRate = nominalHashRate, MaximumTarget = maxTarget });
    }

    /// <summary>Closes a channel (5.3.9). What the server still sends for it is ignored.</summary>
    /// <param name="channel">A channel; nothing happens when it is closed already.</param>
    /// <param name="reasonCode">Printable ASCII, at most 255 bytes.</param>
    public void CloseChannel(ClientChannel channel, string reasonCode = MiningErrorCodes.ChannelClosed)
    {
        if (channel.IsClosed)
            return;
        Remove(channel);
        Send(new CloseChannel { ChannelId = channel.Id, ReasonCode = reasonCode });
    }

    /// <summary>
    /// Submits a share. Allocates nothing. The hash is the caller's to have checked against <see cref="MiningWork.Target"/>.
    /// </summary>
    /// <param name="work">The work it was found on.</param>
    /// <param name="nonce">The nonce.</param>
    /// <param name="nTime">nTime, at least the work's <see cref="MiningWork.MinNTime"/>.</param>
    /// <param name="version">Full nVersion, different from the job's only within <see cref="MiningWork.VersionMask"/>.</param>
    /// <param name="extranonce">Exactly <see cref="MiningWork.ExtranonceSize"/> bytes.</param>
    /// <param name="sequenceNumber">The share's number: counts the channel's submits.</param>
    /// <param name="tlvs">TLV area to follow the message (3.4.3), such as a worker's name.</param>
    /// <returns>
    /// <see langword="false"/> when the server would only refuse it, because the channel is closed or the job has ended:
    /// nothing was sent.
    /// </returns>
    /// <exception cref="ArgumentException">A value is outside the work's limits: the hasher is wrong.</exception>
    public bool TrySubmit(
        MiningWork work,
        uint nonce,
        uint nTime,
        uint version,
        ReadOnlySpan<byte> extranonce,
        out uint sequenceNumber,
        ReadOnlySpan<byte> tlvs = default)
    {
        CheckShare(work, nTime, version, extranonce);
        ClientChannel channel = work.Channel;
        sequenceNumber = 0;
        if (channel.IsClosed || !channel.Jobs.Contains(work.Job))
            return false;
        sequenceNumber = channel.NextSequenceNumber;
        channel.NextSequenceNumber = unchecked(sequenceNumber + 1);
        channel.Submitted++;
        if (channel.Kind == ChannelKind.Standard)
            SendStandardShare(work, nonce, nTime, version, sequenceNumber, tlvs);
        else
            SendExtendedShare(work, nonce, nTime, version, extranonce, sequenceNumber, tlvs);
        return true;
    }

    /// <summary>
    /// Sends a job of the client's own (5.3.18). Needs REQUIRES_WORK_SELECTION. Start hashing at once and keep the shares
    /// until <see cref="IMiningClientEvents.OnCustomJobAccepted"/> gives the job its id.
    /// </summary>
    /// <param name="message">The job; <c>channel_id</c> names an extended channel or a group, <c>request_id</c> is filled in here.</param>
    /// <returns>The request's id, unique on the connection.</returns>
    /// <exception cref="ArgumentException">There is no extended channel of that id, alone or in a group, or the coinbase is malformed.</exception>
    public uint SetCustomMiningJob(in SetCustomMiningJob message)
    {
        List<ClientChannel> channels = [.. Resolve(message.ChannelId).Where(channel => channel.Kind == ChannelKind.Extended)];
        if (channels.Count == 0)
            throw new ArgumentException($"channel_id: {message.ChannelId} is no extended channel and no group with one", nameof(message));
        SetCustomMiningJob numbered = message with { RequestId = NextRequestId() };
        // The prefix of this moment counts, also when another arrives before the answer (item 245).
        List<(ClientChannel, ByteString)> prefixes = channels.ConvertAll(channel => (channel, channel.ExtranoncePrefix));
        _customJobs.Add(numbered.RequestId, new CustomJob(numbered, Extended(message, channels[0].FullExtranonceSize), prefixes, _time.GetTimestamp()));
        Send(numbered);
        return numbered.RequestId;
    }

    private static ExtendedJob Extended(in SetCustomMiningJob message, int fullExtranonceSize)
    {
        if (!TxOutput.TryReadPrefixed(message.CoinbaseTxOutputs.Span, out TxOutput[] outputs, out string? error))
            throw new ArgumentException($"coinbase_tx_outputs: {error}", nameof(message));
        CoinbaseTemplate coinbase = new()
        {
            Version = message.CoinbaseTxVersion,
            CoinbasePrefix = message.CoinbasePrefix,
            Sequence = message.CoinbaseTxInputNSequence,
            Outputs = outputs,
            LockTime = message.CoinbaseTxLocktime,
        };
        CoinbaseSplit split = coinbase.Split(fullExtranonceSize);
        return new ExtendedJob(message.Version, VersionRollingAllowed: true, message.MerklePath, split.StrippedPrefix, split.StrippedSuffix);
    }

    private static void CheckShare(MiningWork work, uint nTime, uint version, ReadOnlySpan<byte> extranonce)
    {
        if (nTime < work.MinNTime)
            throw new ArgumentException($"ntime: {nTime} is before min_ntime {work.MinNTime}", nameof(nTime));
        if (((version ^ work.Version) & ~work.VersionMask) != 0)
            throw new ArgumentException($"version: 0x{version:x8} differs from 0x{work.Version:x8} outside the mask 0x{work.VersionMask:x8}", nameof(version));
        if (extranonce.Length != work.ExtranonceSize)
            throw new ArgumentException($"extranonce: {extranonce.Length} bytes, the channel takes {work.ExtranonceSize}", nameof(extranonce));
    }

    private void SendStandardShare(MiningWork work, uint nonce, uint nTime, uint version, uint sequenceNumber, ReadOnlySpan<byte> tlvs) =>
        Send(
            new SubmitSharesStandard
            {
                ChannelId = work.Channel.Id,
                SequenceNumber = sequenceNumber,
                JobId = work.JobId,
                Nonce = nonce,
                NTime = nTime,
                Version = version,
            },
            tlvs);

    private void SendExtendedShare(
        MiningWork work, uint nonce, uint nTime, uint version, ReadOnlySpan<byte> extranonce, uint sequenceNumber, ReadOnlySpan<byte> tlvs)
    {
        // The message holds memory, not a span; one small array of the session's serves all shares.
        extranonce.CopyTo(_extranonce);
        Send(
            new SubmitSharesExtended
            {
                ChannelId = work.Channel.Id,
                SequenceNumber = sequenceNumber,
                JobId = work.JobId,
                Nonce = nonce,
                NTime = nTime,
                Version = version,
                Extranonce = ByteString.Wrap(_extranonce.AsMemory(0, extranonce.Length)),
            },
            tlvs);
    }

    private uint NextRequestId()
    {
        do
        {
            _lastRequestId = unchecked(_lastRequestId + 1);
        }
        while (_opening.ContainsKey(_lastRequestId) || _customJobs.ContainsKey(_lastRequestId));
        return _lastRequestId;
    }

    private void Send<T>(in T message, ReadOnlySpan<byte> tlvs = default) where T : IMessage<T>
    {
        int length = Frame.Length(message) + tlvs.Length;
        if (_scratch.Length < length)
            _scratch = new byte[Math.Max(length, 2 * _scratch.Length)];
        Frame.Write(message, tlvs, _scratch);
        _output.Send(_scratch.AsSpan(0, length));
    }

    private sealed record OpenRequest(
        ChannelKind Kind, Text UserIdentity, float NominalHashRate, U256 MaxTarget, int MinExtranonceSize, object? Tag);

    private sealed record CustomJob(
        SetCustomMiningJob Message, ExtendedJob Extended, List<(ClientChannel Channel, ByteString Prefix)> Channels, long SentAt);
}
