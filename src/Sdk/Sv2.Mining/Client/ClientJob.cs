using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining.Client;

/// <summary>
/// A job as a channel of the client's has it. Prefix and version are those in force when it came; the target follows
/// SetTarget only as far as that reaches (5.3.21).
/// </summary>
public sealed class ClientJob
{
    internal ClientJob(uint jobId, uint version, uint versionMask, ByteString extranoncePrefix, in U256 target, bool receivedAsFuture)
    {
        JobId = jobId;
        Version = version;
        VersionMask = versionMask;
        ExtranoncePrefix = extranoncePrefix;
        Target = target;
        ReceivedAsFuture = receivedAsFuture;
    }

    /// <summary>The server's id for it.</summary>
    public uint JobId { get; }

    /// <summary>nVersion as given.</summary>
    public uint Version { get; }

    /// <summary>Version bits that may be changed.</summary>
    public uint VersionMask { get; }

    /// <summary>The prefix it is mined with, also after a later SetExtranoncePrefix (5.3.10).</summary>
    public ByteString ExtranoncePrefix { get; }

    /// <summary>Whether it came with min_ntime empty: SetTarget applies to it for good (5.3.21).</summary>
    public bool ReceivedAsFuture { get; }

    /// <summary>What its shares must meet.</summary>
    public U256 Target { get; internal set; }

    /// <summary>Coinbase halves and merkle path; <see langword="null"/> for a job that came as <c>NewMiningJob</c>.</summary>
    public ExtendedJob? Extended { get; internal init; }

    /// <summary>Merkle root on a standard channel, given or derived from the extended job (5.1.2.1); zero on an extended one.</summary>
    public U256 StandardMerkleRoot { get; internal init; }

    /// <summary>The job as it was last given out to be mined; <see langword="null"/> while it waits for its tip.</summary>
    public MiningWork? Work { get; internal set; }

    internal ActiveTip? Tip { get; set; }

    /// <summary>Whether the client made it (<c>SetCustomMiningJob</c>).</summary>
    internal bool IsCustom { get; init; }
}
