using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining.Client;

/// <summary>
/// All a hasher needs for one job of one channel. Immutable; a changed target or a new job comes as another instance.
/// </summary>
/// <remarks>
/// The search space: nonce; the version bits of <see cref="VersionMask"/>, whatever the job's version has there (they mean
/// nothing, item 195); nTime from <see cref="MinNTime"/> to <see cref="NTimeMax"/>; on an extended channel
/// <see cref="ExtranonceSize"/> bytes of extranonce, by <see cref="MerkleRoot"/>.
/// </remarks>
public sealed class MiningWork
{
    private readonly U256 _merkleRoot;
    private readonly long _receivedAt;

    internal MiningWork(ClientChannel channel, ClientJob job, in ActiveTip tip)
    {
        Channel = channel;
        Job = job;
        Target = job.Target;
        PrevHash = tip.PrevHash;
        NBits = tip.NBits;
        MinNTime = tip.MinNTime;
        _receivedAt = tip.ReceivedAt;
        _merkleRoot = channel.Kind == ChannelKind.Standard ? job.StandardMerkleRoot : default;
    }

    /// <summary>The channel to submit to.</summary>
    public ClientChannel Channel { get; }

    /// <summary>The job it is made of.</summary>
    public ClientJob Job { get; }

    /// <summary>The job's id.</summary>
    public uint JobId => Job.JobId;

    /// <summary>nVersion to start with.</summary>
    public uint Version => Job.Version;

    /// <summary>Version bits that may be changed; 0 when the job forbids it.</summary>
    public uint VersionMask => Job.VersionMask;

    /// <summary>Previous block, wire order.</summary>
    public U256 PrevHash { get; }

    /// <summary>The header's compact target.</summary>
    public uint NBits { get; }

    /// <summary>Smallest nTime, and the one to start with.</summary>
    public uint MinNTime { get; }

    /// <summary>A hash up to this is a share.</summary>
    public U256 Target { get; }

    /// <summary>Bytes of extranonce the hasher chooses; 0 on a standard channel.</summary>
    public int ExtranonceSize => Channel.ExtranonceSize;

    /// <summary>Largest nTime by now: one second may be added for each that has passed since the job came (5.3.11).</summary>
    /// <param name="time">The session's clock.</param>
    /// <returns>Seconds since 1970.</returns>
    public uint NTimeMax(TimeProvider time)
    {
        ulong latest = MinNTime + (ulong)time.GetElapsedTime(_receivedAt).TotalSeconds;
        return (uint)Math.Min(latest, uint.MaxValue);
    }

    /// <summary>The merkle root for an extranonce. Allocates nothing for coinbases up to 2 KiB.</summary>
    /// <param name="extranonce">Exactly <see cref="ExtranonceSize"/> bytes; empty on a standard channel.</param>
    /// <returns>The root as it stands in the header.</returns>
    /// <exception cref="ArgumentException">The extranonce has another size.</exception>
    public U256 MerkleRoot(ReadOnlySpan<byte> extranonce = default)
    {
        if (extranonce.Length != ExtranonceSize)
            throw new ArgumentException($"extranonce: {extranonce.Length} bytes, channel {Channel.Id} takes {ExtranonceSize}", nameof(extranonce));
        return Channel.Kind == ChannelKind.Standard ? _merkleRoot : Job.Extended!.MerkleRoot(Job.ExtranoncePrefix.Span, extranonce);
    }

    /// <summary>The header to start hashing with: nonce 0, version and nTime as given.</summary>
    /// <param name="extranonce">Exactly <see cref="ExtranonceSize"/> bytes; empty on a standard channel.</param>
    /// <returns>The header.</returns>
    /// <exception cref="ArgumentException">The extranonce has another size.</exception>
    public BlockHeader Header(ReadOnlySpan<byte> extranonce = default) => new(Version, PrevHash, MerkleRoot(extranonce), MinNTime, NBits, Nonce: 0);
}

/// <summary>The previous hash a job is mined on, with the nTime it starts from.</summary>
internal readonly record struct ActiveTip(U256 PrevHash, uint NBits, uint MinNTime, long ReceivedAt);
