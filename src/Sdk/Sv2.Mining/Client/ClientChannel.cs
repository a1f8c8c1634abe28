using Sv2.Protocol;

namespace Sv2.Mining.Client;

/// <summary>One standard or extended channel as the client has it. Read it under the same lock as its session.</summary>
public sealed class ClientChannel
{
    private readonly List<ClientJob> _jobs = [];

    internal ClientChannel(uint id, ChannelKind kind, Text userIdentity, int extranonceSize)
    {
        Id = id;
        Kind = kind;
        UserIdentity = userIdentity;
        ExtranonceSize = extranonceSize;
    }

    /// <summary>Its id on this connection.</summary>
    public uint Id { get; }

    /// <summary>Standard or extended.</summary>
    public ChannelKind Kind { get; }

    /// <summary>The identity it was opened with.</summary>
    public Text UserIdentity { get; }

    /// <summary>Its group.</summary>
    public uint GroupChannelId { get; internal set; }

    /// <summary>Bytes of extranonce the client chooses; 0 on a standard channel.</summary>
    public int ExtranonceSize { get; }

    /// <summary>The prefix of jobs to come.</summary>
    public ByteString ExtranoncePrefix { get; internal set; }

    /// <summary>The target last set.</summary>
    public U256 Target { get; internal set; }

    /// <summary>The easiest target the client asked for.</summary>
    public U256 MaxTarget { get; internal set; }

    /// <summary>The hash rate the client stated.</summary>
    public float NominalHashRate { get; internal set; }

    /// <summary>What to mine now; <see langword="null"/> before the first job and after a fatal violation.</summary>
    public MiningWork? Work { get; internal set; }

    /// <summary>Shares submitted.</summary>
    public long Submitted { get; internal set; }

    /// <summary>Shares acknowledged, added up over all batches.</summary>
    public long Accepted { get; internal set; }

    /// <summary>Difficulty acknowledged, added up over all batches.</summary>
    public UInt128 AcceptedDifficulty { get; internal set; }

    /// <summary>Shares refused.</summary>
    public long Rejected { get; internal set; }

    /// <summary>Shares that have no answer yet.</summary>
    public long Pending => Math.Max(0, Submitted - Accepted - Rejected);

    /// <summary>Whether it was closed, by either side.</summary>
    public bool IsClosed { get; internal set; }

    /// <summary>Whatever the owner attached when opening it.</summary>
    public object? Tag { get; internal init; }

    /// <summary>The jobs that wait for the next tip, oldest first; a copy.</summary>
    /// <returns>The jobs.</returns>
    public IReadOnlyList<ClientJob> FutureJobs() => _jobs.FindAll(static job => job.ReceivedAsFuture && job.Tip is null);

    internal uint NextSequenceNumber { get; set; }

    /// <summary>The last previous hash of this channel; a job that is active at once is mined on it.</summary>
    internal ActiveTip? Tip { get; set; }

    internal List<ClientJob> Jobs => _jobs;

    internal int FullExtranonceSize => ExtranoncePrefix.Length + ExtranonceSize;

    internal ClientJob? FindJob(uint jobId) => _jobs.Find(job => job.JobId == jobId);

    /// <summary>Remembers a job; of too many the oldest that is not being mined goes.</summary>
    internal void Add(ClientJob job, int jobsMax)
    {
        // A server that uses an id again means the new job.
        _jobs.RemoveAll(known => known.JobId == job.JobId);
        if (_jobs.Count >= jobsMax)
            _jobs.RemoveAt(_jobs.FindIndex(known => known != Work?.Job));
        _jobs.Add(job);
    }
}
