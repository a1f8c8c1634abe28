using System.Collections.Concurrent;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>
/// Says what a payout family's coinbase pays: called once per template with the satoshis to distribute
/// (<c>coinbase_tx_value_remaining</c>, 7.2).
/// </summary>
/// <param name="valueRemaining">Satoshis to distribute.</param>
/// <returns>The outputs, in order, before the template's own. Their values must not exceed <paramref name="valueRemaining"/> together.</returns>
public delegate Seq<TxOutput> PayoutOutputs(ulong valueRemaining);

/// <summary>
/// Gives out job ids and families of one mining server. All ids come from one counter, whether a job stems from a
/// template or from a client (<c>SetCustomMiningJob</c>), so that no two jobs of a channel can ever share one
/// (5.3.15, items 186 and 382). Thread-safe.
/// </summary>
public sealed class JobFactory
{
    /// <summary>Most families: their ordinal shares a 32-bit group channel id with the extranonce size.</summary>
    public const int FamiliesMax = 1 << 23;

    private readonly JobFactoryOptions _options;
    private uint _jobId;
    private int _families;
    private readonly ConcurrentStack<int> _freeOrdinals = [];

    /// <summary>Makes a factory.</summary>
    /// <param name="options">Choices that hold for every job; <see langword="null"/> for the defaults.</param>
    public JobFactory(JobFactoryOptions? options = null) => _options = options ?? new JobFactoryOptions();

    /// <summary>Choices that hold for every job.</summary>
    public JobFactoryOptions Options => _options;

    /// <summary>Makes a family: the jobs of all channels that mine for the same payout.</summary>
    /// <param name="payout">What its coinbases pay.</param>
    /// <returns>The family, without jobs yet.</returns>
    /// <exception cref="InvalidOperationException">There are <see cref="FamiliesMax"/> families already.</exception>
    public JobFamily CreateFamily(PayoutOutputs payout)
    {
        ArgumentNullException.ThrowIfNull(payout);
        return new JobFamily(this, NextOrdinal(), payout, extranonces: null);
    }

    /// <summary>
    /// Makes a family whose jobs come from an upstream (<see cref="JobFamily.TryAddJob"/>): those of a proxy. Its channels get
    /// their prefixes from an allocator of its own, which divides the upstream channel's extranonce.
    /// </summary>
    /// <param name="extranonces">The search space of these jobs.</param>
    /// <returns>The family, without jobs yet.</returns>
    /// <exception cref="InvalidOperationException">There are <see cref="FamiliesMax"/> families already.</exception>
    public JobFamily CreateRelay(ExtranonceAllocator extranonces)
    {
        ArgumentNullException.ThrowIfNull(extranonces);
        return new JobFamily(this, NextOrdinal(), static _ => [], extranonces);
    }

    /// <summary>Tells that a family has no channels any more and will get none: its group channel ids can be used again.</summary>
    /// <param name="family">A family of this factory; not to be used afterwards.</param>
    public void Release(JobFamily family)
    {
        ArgumentNullException.ThrowIfNull(family);
        if (family.TryRelease())
            _freeOrdinals.Push(family.Ordinal);
    }

    private int NextOrdinal()
    {
        if (_freeOrdinals.TryPop(out int free))
            return free;
        int ordinal = Interlocked.Increment(ref _families) - 1;
        if (ordinal < FamiliesMax)
            return ordinal;
        Interlocked.Decrement(ref _families);
        throw new InvalidOperationException($"a mining server has at most {FamiliesMax} job families");
    }

    /// <summary>The next job id. Ids repeat after 2^32 jobs, long after any of them can still be valid.</summary>
    /// <returns>A job id; never 0, which some firmware takes for "no job".</returns>
    public uint NextJobId()
    {
        uint id = Interlocked.Increment(ref _jobId);
        return id != 0 ? id : Interlocked.Increment(ref _jobId);
    }
}

/// <summary>Choices that hold for every job of a <see cref="JobFactory"/>.</summary>
public sealed record JobFactoryOptions
{
    /// <summary>Bytes the pool signs its coinbases with; they stand between <c>coinbase_prefix</c> and extranonce.</summary>
    public ByteString CoinbaseTag { get; init; }

    /// <summary>Whether jobs allow rolling the bits of 0x1fffffe0. Without it announce REQUIRES_FIXED_VERSION (5.3.1).</summary>
    public bool VersionRollingAllowed { get; init; } = true;

    /// <summary>Most future jobs a family keeps at a time; the oldest goes first.</summary>
    public int FutureJobsMax { get; init; } = 4;
}
