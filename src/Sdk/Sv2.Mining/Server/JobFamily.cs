using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Mining.Server;

/// <summary>
/// The jobs of all channels, on all connections, that mine for the same payout: turns templates into jobs and remembers
/// which are future and which is active, so that a channel that joins late gets them too (items 183, 381).
/// </summary>
/// <remarks>
/// One writer at a time feeds it (it locks); sessions read <see cref="State"/>, an immutable snapshot. The owner feeds
/// the family first and then calls <see cref="MiningServerSession.Refresh()"/> on every session: a session sends whatever
/// of the newest state its channels do not have yet, so nothing is lost or sent twice whatever the interleaving.
/// </remarks>
public sealed partial class JobFamily
{
    /// <summary>Group ids have the top bit, channel ids never do: they cannot collide (5.2.3, item 401).</summary>
    internal const uint GroupChannelIdBit = 0x8000_0000;

    // Wide enough for the largest full extranonce: a prefix and an extranonce of 32 bytes each. One bit more tells channels
    // that get standard jobs from those of the same size that take the group's.
    private const int ExtranonceSizeBits = 7;
    private const uint StandardJobsBit = 1 << ExtranonceSizeBits;

    private readonly JobFactory _factory;
    private readonly PayoutOutputs _payout;
    private readonly Lock _gate = new();
    private volatile JobFamilyState _state = new();

    private int _isReleased;

    internal JobFamily(JobFactory factory, int ordinal, PayoutOutputs payout, ExtranonceAllocator? extranonces)
    {
        Extranonces = extranonces;
        _factory = factory;
        Ordinal = ordinal;
        _payout = payout;
    }

    /// <summary>Counts the families of the factory from 0.</summary>
    public int Ordinal { get; }

    /// <summary>Where the prefixes of its channels come from; <see langword="null"/> for the server's.</summary>
    public ExtranonceAllocator? Extranonces { get; }

    /// <summary>The newest state.</summary>
    public JobFamilyState State => _state;

    /// <summary>
    /// The id of the group of this family's channels with this extranonce size: the same on every connection, so that
    /// the same frame serves them all.
    /// </summary>
    /// <param name="fullExtranonceSize">Bytes of prefix and extranonce together, equal for all members (5.2.3).</param>
    /// <returns>The group channel id.</returns>
    public uint GroupChannelId(int fullExtranonceSize) => GroupChannelIdBit | (uint)(Ordinal << (ExtranonceSizeBits + 1)) | (uint)fullExtranonceSize;

    /// <summary>The group of channels that are sent standard jobs one by one, and so must not hear what the others are sent.</summary>
    internal uint StandardJobsGroupId(int fullExtranonceSize) => GroupChannelId(fullExtranonceSize) | StandardJobsBit;

    /// <summary>
    /// Makes a job of a template. A future template becomes a future job; any other replaces the active job at once (7.2).
    /// </summary>
    /// <param name="template">The template, as the template provider sent it.</param>
    /// <param name="job">The job, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong with the template or the payout, naming the field.</param>
    /// <param name="minNTime">min_ntime of a job that is active at once; the tip's when <see langword="null"/>. Ignored for a future template.</param>
    /// <returns>Whether there is a new job.</returns>
    public bool TryAddTemplate(
        in NewTemplate template,
        [NotNullWhen(true)] out SharedJob? job,
        [NotNullWhen(false)] out string? error,
        uint? minNTime = null)
    {
        lock (_gate)
        {
            job = null;
            ChainTip? tip = _state.Tip;
            if (!template.FutureTemplate && tip is null)
            {
                error = $"future_template: template {template.TemplateId} is for a tip that was never announced";
                return false;
            }
            if (!TryBuildCoinbase(template, out CoinbaseTemplate? coinbase, out error))
                return false;
            job = Add(template, coinbase, minNTime);
            return true;
        }
    }

    /// <summary>
    /// The same with a coinbase that the owner has made: a job declarator client's, whose outputs and fixed part of the
    /// extranonce (<see cref="CoinbaseTemplate.Tag"/>) are those of the pool it mines for at the moment. The family's payout
    /// and tag are not used.
    /// </summary>
    /// <param name="template">The template, as the template provider sent it.</param>
    /// <param name="coinbase">The whole coinbase, with the template's own outputs in it. It must fit every extranonce size granted to channels.</param>
    /// <param name="job">The job, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong, naming the field.</param>
    /// <param name="minNTime">min_ntime of a job that is active at once; the tip's when <see langword="null"/>. Ignored for a future template.</param>
    /// <returns>Whether there is a new job.</returns>
    public bool TryAddTemplate(
        in NewTemplate template,
        CoinbaseTemplate coinbase,
        [NotNullWhen(true)] out SharedJob? job,
        [NotNullWhen(false)] out string? error,
        uint? minNTime = null)
    {
        ArgumentNullException.ThrowIfNull(coinbase);
        lock (_gate)
        {
            job = null;
            error = null;
            if (!template.FutureTemplate && _state.Tip is null)
            {
                error = $"future_template: template {template.TemplateId} is for a tip that was never announced";
                return false;
            }
            job = Add(template, coinbase, minNTime);
            return true;
        }
    }

    private SharedJob Add(in NewTemplate template, CoinbaseTemplate coinbase, uint? minNTime)
    {
        uint? activeFrom = template.FutureTemplate ? null : Math.Max(minNTime ?? 0, _state.Tip!.MinNTime);
        SharedJob job = new(this, _factory.NextJobId(), template, coinbase, _factory.Options.VersionRollingAllowed, activeFrom);
        _state = template.FutureTemplate ? _state.WithFuture(job, _factory.Options.FutureJobsMax) : _state.WithActive(job);
        return job;
    }

    /// <summary>
    /// Puts a new tip in force with the future job made from the named template (7.3). All other jobs end.
    /// </summary>
    /// <param name="templateId">The template; of several with this id the newest counts.</param>
    /// <param name="tip">The tip.</param>
    /// <returns>
    /// <see langword="false"/> when there is no such future job: the state is unchanged, and the owner must not guess one
    /// (5.3.17, item 187).
    /// </returns>
    public bool TryActivate(ulong templateId, ChainTip tip)
    {
        ArgumentNullException.ThrowIfNull(tip);
        lock (_gate)
        {
            if (_state.Futures.LastOrDefault(future => future.TemplateId == templateId) is not { } job)
                return false;
            _state = _state.WithTip(tip, job);
            return true;
        }
    }

    private bool TryBuildCoinbase(in NewTemplate template, [NotNullWhen(true)] out CoinbaseTemplate? coinbase, [NotNullWhen(false)] out string? error)
    {
        coinbase = null;
        if (template.CoinbasePrefix.Length > CoinbaseTemplate.CoinbasePrefixMax)
        {
            error = $"coinbase_prefix: {template.CoinbasePrefix.Length} bytes exceed {CoinbaseTemplate.CoinbasePrefixMax}";
            return false;
        }
        if (!TxOutput.TryReadUnprefixed(template.CoinbaseTxOutputs.Span, template.CoinbaseTxOutputsCount, out TxOutput[] own, out error))
            return false;
        Seq<TxOutput> payout = _payout(template.CoinbaseTxValueRemaining);
        UInt128 paid = 0;
        foreach (ref readonly TxOutput output in payout.AsSpan())
            paid += output.Value;
        if (paid > template.CoinbaseTxValueRemaining)
        {
            error = $"coinbase_tx_value_remaining: payout of {paid} sat exceeds {template.CoinbaseTxValueRemaining} sat";
            return false;
        }
        coinbase = new CoinbaseTemplate
        {
            Version = template.CoinbaseTxVersion,
            CoinbasePrefix = template.CoinbasePrefix,
            Tag = _factory.Options.CoinbaseTag,
            Sequence = template.CoinbaseTxInputSequence,
            Outputs = (TxOutput[])[.. payout.AsSpan(), .. own],
            LockTime = template.CoinbaseTxLocktime,
        };
        return true;
    }
}

/// <summary>What a family's channels should have. Immutable; replaced as a whole.</summary>
public sealed record JobFamilyState
{
    /// <summary>Counts the changes.</summary>
    public long Version { get; private init; }

    /// <summary>The tip in force; <see langword="null"/> until the first activation.</summary>
    public ChainTip? Tip { get; private init; }

    /// <summary>The job that SetNewPrevHash put in force together with <see cref="Tip"/>.</summary>
    public SharedJob? TipJob { get; private init; }

    /// <summary>The job to mine now: <see cref="TipJob"/> or a later one on the same tip.</summary>
    public SharedJob? Active { get; private init; }

    /// <summary>Jobs that wait for the next tip, oldest first.</summary>
    public ImmutableArray<SharedJob> Futures { get; private init; } = [];

    internal JobFamilyState WithFuture(SharedJob job, int max)
    {
        ImmutableArray<SharedJob> kept = Futures.Length < max ? Futures : Futures.RemoveRange(0, Futures.Length - max + 1);
        return this with { Version = Version + 1, Futures = kept.Add(job) };
    }

    internal JobFamilyState WithActive(SharedJob job) => this with { Version = Version + 1, Active = job };

    internal JobFamilyState WithTip(ChainTip tip, SharedJob job) =>
        this with { Version = Version + 1, Tip = tip, TipJob = job, Active = job, Futures = [] };
}
