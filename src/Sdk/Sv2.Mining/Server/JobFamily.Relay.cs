using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining.Server;

// Jobs that an upstream made.
public sealed partial class JobFamily
{
    /// <summary>
    /// Takes up an extended job of an upstream (5.1.2): a proxy's work. It goes to extended channels as it is, and to header-only
    /// ones as a standard job made of it (5.1.2.1). Its full extranonce size is that of this family's channels.
    /// </summary>
    /// <param name="work">The job, with coinbase pieces as they came.</param>
    /// <param name="minNTime">min_ntime of a job that is active at once, <see langword="null"/> for a future one.</param>
    /// <param name="tag">Whatever the owner wants to find again in <see cref="SizedJob.Tag"/> when a share comes.</param>
    /// <param name="job">The job, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong with the job, naming the field.</param>
    /// <returns>Whether there is a new job.</returns>
    /// <exception cref="InvalidOperationException">The family was not made by <see cref="JobFactory.CreateRelay"/>.</exception>
    public bool TryAddJob(
        ExtendedJob work,
        uint? minNTime,
        object? tag,
        [NotNullWhen(true)] out SharedJob? job,
        [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(work);
        int fullSize = Extranonces?.Layout.FullSize ?? throw new InvalidOperationException("the family takes templates, not an upstream's jobs");
        job = null;
        if (!CoinbaseSplit.TryFromStripped(work.CoinbasePrefix.Span, work.CoinbaseSuffix.Span, fullSize, out CoinbaseSplit? split, out error))
            return false;
        return TryAdd(work, split, merkleRoot: null, minNTime, tag, out job, out error);
    }

    /// <summary>
    /// Takes up a standard job of an upstream (5.3.15), of which nothing but the merkle root is known: for a family of standard
    /// channels with one channel only, that of the upstream.
    /// </summary>
    /// <param name="version">nVersion of the header.</param>
    /// <param name="versionRollingAllowed">Whether the bits of 0x1fffffe0 may differ from it.</param>
    /// <param name="merkleRoot">The header's merkle root.</param>
    /// <param name="minNTime">min_ntime of a job that is active at once, <see langword="null"/> for a future one.</param>
    /// <param name="tag">Whatever the owner wants to find again in <see cref="SizedJob.Tag"/> when a share comes.</param>
    /// <param name="job">The job, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong with the job.</param>
    /// <returns>Whether there is a new job.</returns>
    /// <exception cref="InvalidOperationException">The family was not made by <see cref="JobFactory.CreateRelay"/>.</exception>
    public bool TryAddHeaderJob(
        uint version,
        bool versionRollingAllowed,
        in U256 merkleRoot,
        uint? minNTime,
        object? tag,
        [NotNullWhen(true)] out SharedJob? job,
        [NotNullWhen(false)] out string? error)
    {
        if (Extranonces is null)
            throw new InvalidOperationException("the family takes templates, not an upstream's jobs");
        ExtendedJob work = new(version, versionRollingAllowed, [], default, default);
        return TryAdd(work, coinbase: null, merkleRoot, minNTime, tag, out job, out error);
    }

    private bool TryAdd(
        ExtendedJob work, CoinbaseSplit? coinbase, U256? merkleRoot, uint? minNTime, object? tag, [NotNullWhen(true)] out SharedJob? job, [NotNullWhen(false)] out string? error)
    {
        int fullSize = Extranonces!.Layout.FullSize;
        job = null;
        error = null;
        lock (_gate)
        {
            if (minNTime is not null && _state.Tip is null)
            {
                error = "min_ntime: the job is for a tip that was never announced";
                return false;
            }
            uint id = _factory.NextJobId();
            SizedJob sized = new(id, work, coinbase, GroupChannelId(fullSize), templateId: null, customJobToken: null, minNTime) { Tag = tag, MerkleRoot = merkleRoot };
            job = new SharedJob(this, sized, fullSize);
            _state = minNTime is null ? _state.WithFuture(job, _factory.Options.FutureJobsMax) : _state.WithActive(job);
            return true;
        }
    }

    /// <summary>Puts a new tip in force with one of the future jobs. All other jobs end.</summary>
    /// <param name="job">A job of this family.</param>
    /// <param name="tip">The tip.</param>
    /// <returns><see langword="false"/> when it is not one of the future jobs any more: the state is unchanged.</returns>
    public bool TryActivate(SharedJob job, ChainTip tip)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(tip);
        lock (_gate)
        {
            if (!_state.Futures.Contains(job))
                return false;
            _state = _state.WithTip(tip, job);
            return true;
        }
    }

    internal bool TryRelease() => Interlocked.Exchange(ref _isReleased, 1) == 0;
}
