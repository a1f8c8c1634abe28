using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

/// <summary>
/// A job laid out for one full extranonce size: what a share is checked against and, encoded once, what a group is sent.
/// Made from a template (<see cref="SharedJob"/>) or from a client's <c>SetCustomMiningJob</c>. Thread-safe.
/// </summary>
public sealed class SizedJob
{
    private readonly uint _groupChannelId;
    private readonly CoinbaseSplit? _coinbase;
    private byte[]? _futureFrame;
    private byte[]? _activeFrame;
    private PrevHashFrame? _prevHashFrame;

    internal SizedJob(
        uint jobId,
        ExtendedJob work,
        CoinbaseSplit? coinbase,
        uint groupChannelId,
        ulong? templateId,
        ByteString? customJobToken,
        uint? minNTime)
    {
        JobId = jobId;
        Work = work;
        _coinbase = coinbase;
        _groupChannelId = groupChannelId;
        TemplateId = templateId;
        CustomJobToken = customJobToken;
        MinNTime = minNTime;
    }

    /// <summary>Its id on every channel it is sent to.</summary>
    public uint JobId { get; }

    /// <summary>Version, merkle path and coinbase halves.</summary>
    public ExtendedJob Work { get; }

    /// <summary>The template behind it; <see langword="null"/> for a custom job.</summary>
    public ulong? TemplateId { get; }

    /// <summary>The token of a custom job; <see langword="null"/> for the server's own.</summary>
    public ByteString? CustomJobToken { get; }

    /// <summary>What the owner attached to a job of an upstream's; <see langword="null"/> for others.</summary>
    public object? Tag { get; internal init; }

    /// <summary>The merkle root of a standard job of an upstream's, which is all there is of it; <see langword="null"/> for others.</summary>
    internal U256? MerkleRoot { get; init; }

    /// <summary>Smallest nTime of a job that was never future.</summary>
    internal uint? MinNTime { get; }

    /// <summary>The whole coinbase with BIP 141 fields, a new array (3.7.3).</summary>
    /// <param name="extranoncePrefix">The channel's prefix.</param>
    /// <param name="extranonce">The client's part.</param>
    /// <returns>The serialized transaction.</returns>
    internal byte[] FullCoinbase(ReadOnlySpan<byte> extranoncePrefix, ReadOnlySpan<byte> extranonce) => _coinbase?.Full(extranoncePrefix, extranonce) ?? [];

    /// <summary>NewExtendedMiningJob to the group with min_ntime empty.</summary>
    internal ReadOnlySpan<byte> FutureFrame => _futureFrame ??= Encode(minNTime: null);

    /// <summary>NewExtendedMiningJob to the group with min_ntime set.</summary>
    internal ReadOnlySpan<byte> ActiveFrame => _activeFrame ??= Encode(MinNTime);

    /// <summary>SetNewPrevHash to the group, activating this job.</summary>
    internal ReadOnlySpan<byte> ActivationFrame(ChainTip tip)
    {
        PrevHashFrame? cached = _prevHashFrame;
        if (cached is null || !ReferenceEquals(cached.Tip, tip))
            _prevHashFrame = cached = new PrevHashFrame(tip, Frame.ToArray(Activation(_groupChannelId, tip)));
        return cached.Bytes;
    }

    internal SetNewPrevHash Activation(uint channelId, ChainTip tip) => new()
    {
        ChannelId = channelId,
        JobId = JobId,
        PrevHash = tip.PrevHash,
        MinNTime = tip.MinNTime,
        NBits = tip.NBits,
    };

    // Two threads may encode at once; both get the same bytes, and one array stays.
    private byte[] Encode(uint? minNTime) => Frame.ToArray(new NewExtendedMiningJob
    {
        ChannelId = _groupChannelId,
        JobId = JobId,
        MinNTime = minNTime,
        Version = Work.Version,
        VersionRollingAllowed = Work.VersionRollingAllowed,
        MerklePath = Work.MerklePath,
        CoinbaseTxPrefix = Work.CoinbasePrefix,
        CoinbaseTxSuffix = Work.CoinbaseSuffix,
    });

    private sealed record PrevHashFrame(ChainTip Tip, byte[] Bytes);
}
