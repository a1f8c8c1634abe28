using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Mining.Server;

/// <summary>
/// One job of a family, made once per template and shared by all connections. Because the length of the scriptSig is
/// part of <c>coinbase_tx_prefix</c>, there is one layout for each full extranonce size in use (5.1.2.1). Thread-safe.
/// </summary>
public sealed class SharedJob
{
    private readonly NewTemplate _template;
    private readonly CoinbaseTemplate? _coinbase;
    private readonly bool _versionRollingAllowed;
    private readonly SizedJob?[] _layouts = new SizedJob?[ExtranonceLayout.FullSizeMax + 1];

    internal SharedJob(JobFamily family, uint jobId, in NewTemplate template, CoinbaseTemplate coinbase, bool versionRollingAllowed, uint? minNTime)
    {
        Family = family;
        JobId = jobId;
        MinNTime = minNTime;
        _template = template;
        _coinbase = coinbase;
        _versionRollingAllowed = versionRollingAllowed;
    }

    /// <summary>A job of an upstream's, laid out by it for the one size there is.</summary>
    internal SharedJob(JobFamily family, SizedJob relayed, int fullExtranonceSize)
    {
        Family = family;
        JobId = relayed.JobId;
        MinNTime = relayed.MinNTime;
        _layouts[fullExtranonceSize] = relayed;
    }

    /// <summary>The family it belongs to.</summary>
    public JobFamily Family { get; }

    /// <summary>Its id, the same on every channel.</summary>
    public uint JobId { get; }

    /// <summary>The template it was made from; 0 for a job of an upstream's.</summary>
    public ulong TemplateId => _template.TemplateId;

    /// <summary>When it was made as an active job: its smallest nTime. <see langword="null"/> for a future job.</summary>
    public uint? MinNTime { get; }

    /// <summary>Satoshis the template left to distribute; 0 for a job of an upstream's.</summary>
    public ulong ValueRemaining => _template.CoinbaseTxValueRemaining;

    /// <summary>The coinbase without extranonce.</summary>
    /// <exception cref="InvalidOperationException">The job is an upstream's, which gave its coinbase in two pieces.</exception>
    public CoinbaseTemplate Coinbase => _coinbase ?? throw new InvalidOperationException("a job of an upstream's has no coinbase template");

    /// <summary>The job as laid out for one extranonce size; made on first use, then kept.</summary>
    /// <param name="fullExtranonceSize">Bytes of prefix and extranonce together.</param>
    /// <returns>The layout.</returns>
    /// <exception cref="ArgumentException">The scriptSig would exceed 100 bytes; <see cref="ExtranonceLayout"/> rules that out for granted sizes.</exception>
    public SizedJob For(int fullExtranonceSize)
    {
        ref SizedJob? slot = ref _layouts[fullExtranonceSize];
        return Volatile.Read(ref slot) ?? Interlocked.CompareExchange(ref slot, Lay(fullExtranonceSize), null) ?? slot;
    }

    private SizedJob Lay(int fullExtranonceSize)
    {
        if (_coinbase is null)
            throw new ArgumentException($"an upstream's job fits its own extranonce size only, not {fullExtranonceSize}", nameof(fullExtranonceSize));
        CoinbaseSplit split = _coinbase.Split(fullExtranonceSize);
        ExtendedJob work = new(_template.Version, _versionRollingAllowed, _template.MerklePath, split.StrippedPrefix, split.StrippedSuffix);
        return new SizedJob(JobId, work, split, Family.GroupChannelId(fullExtranonceSize), TemplateId, customJobToken: null, MinNTime);
    }
}
