using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.Downstreams;

namespace Sv2.Roles.JobDeclaratorClient;

// From shares to the pool, and from blocks to everybody.
internal sealed partial class ClientEngine
{
    private const int ExtranonceMax = 32;

    private sealed record RelayTarget(U256 Value);

    private volatile RelayTarget? _relayTarget;

    /// <summary>The pool's target, no harder than which miners may be given; null when mining solo.</summary>
    public U256? PoolTarget => _relayTarget?.Value;

    /// <summary>Shares sent to a pool.</summary>
    public long SharesRelayed { get; private set; }

    /// <summary>Shares that met the miners' target but not the pool's.</summary>
    public long SharesBelowPool { get; private set; }

    /// <summary>Shares that are lost to the pool because their job was refused or outdated.</summary>
    public long SharesDiscarded { get; private set; }

    /// <summary>Shares that wait for the pool's word.</summary>
    public int SharesCached
    {
        get
        {
            lock (Gate)
                return _cache.Count;
        }
    }

    /// <summary>Shares that found no room among those.</summary>
    public long SharesOverflowed
    {
        get
        {
            lock (Gate)
                return _cache.Overflowed;
        }
    }

    /// <summary>
    /// A miner has found a share. Never waits: the answer comes by <see cref="IEngineOutput.Answer"/>, when it is known who
    /// credits the share.
    /// </summary>
    /// <param name="miner">Its connection.</param>
    /// <param name="share">The share.</param>
    /// <param name="worker">What the pool is to be told of who found it.</param>
    /// <returns>False when there is no room for it: the miner is told so at once.</returns>
    public bool OnShare(DownstreamConnection miner, in AcceptedShare share, ReadOnlySpan<byte> worker)
    {
        ShareOrigin origin = new(miner, share.ShareNumber);
        lock (Gate)
        {
            if (!_byJobId.TryGetValue(share.JobId, out MinedJob? job))
            {
                Discard(origin, MiningErrorCodes.StaleShare);
                return true;
            }
            PairSession? session = SessionOf(job);
            if (!IsForPool(share, job, session))
            {
                // The miner met the target that it was given, and nobody upstream is to be asked.
                _output.Answer(new ShareAnswer(origin, null));
                return true;
            }
            Span<byte> local = stackalloc byte[ExtranonceMax];
            share.Channel.ExtranoncePrefix.Span.CopyTo(local);
            share.Extranonce.CopyTo(local[share.Channel.ExtranoncePrefix.Length..]);
            Span<byte> extranonce = stackalloc byte[ExtranonceMax];
            extranonce = extranonce[..job.Plan.ExtranonceSize];
            job.Plan.WriteExtranonce(local[..(share.Channel.ExtranoncePrefix.Length + share.Extranonce.Length)], extranonce);
            return TryRelay(session, job, share, origin, extranonce, worker);
        }
    }

    /// <summary>
    /// A miner has found a block: the server hears of it at once, whatever it has answered so far (6.4.9). The caller sends
    /// it to the template provider.
    /// </summary>
    /// <returns>The job; null when it is no longer remembered.</returns>
    public MinedJob? OnBlock(BlockCandidate block)
    {
        lock (Gate)
        {
            if (!_byJobId.TryGetValue(block.JobId, out MinedJob? job))
                return null;
            job.IsSolved = true;
            job.Plan.Declarator?.Push(job, new PushSolution
            {
                Extranonce = (byte[])[.. job.Plan.FixedExtranonce.Span, .. block.FullExtranonce.Span],
                PrevHash = block.Header.PrevHash,
                Nonce = block.Header.Nonce,
                NTime = block.Header.NTime,
                NBits = block.Header.NBits,
                Version = block.Header.Version,
            });
            return job;
        }
    }

    /// <summary>Tells a miner what the pool says of its share. The lock is held.</summary>
    public void OnAnswered(in ShareAnswer answer) => _output.Answer(answer);

    private bool IsForPool(in AcceptedShare share, MinedJob job, PairSession? session)
    {
        if (job.Plan.Declarator is null)
            return false;
        if (share.Hash <= (job.Work?.Target ?? session?.Channel?.Target ?? U256.MaxValue))
            return true;
        SharesBelowPool++;
        return false;
    }

    private bool TryRelay(
        PairSession? session, MinedJob job, in AcceptedShare share, in ShareOrigin origin, ReadOnlySpan<byte> extranonce, ReadOnlySpan<byte> worker)
    {
        if (session is not null && job.Step == JobStep.Mining)
        {
            if (session.Unanswered.IsFull)
                return false;
            Note(session.TrySubmit(job, origin, share.Version, share.NTime, share.Nonce, extranonce, worker), origin);
            return true;
        }
        if (session is not null && job.IsUndecided)
            return _cache.TryAdd(job, new CachedShare(origin, share.Hash, share.Version, share.NTime, share.Nonce, ByteString.CopyOf(extranonce), ByteString.CopyOf(worker)));
        Discard(origin, MiningErrorCodes.NotCredited);
        return true;
    }

    private void Submit(PairSession session, MinedJob job, in CachedShare share)
    {
        if (share.Hash > job.Work!.Target)
        {
            SharesBelowPool++;
            _output.Answer(new ShareAnswer(share.Origin, null));
        }
        else if (session.Unanswered.IsFull)
            Discard(share.Origin, MiningErrorCodes.NotCredited);
        else
            Note(session.TrySubmit(job, share.Origin, share.Version, share.NTime, share.Nonce, share.Extranonce.Span, share.Worker.Span), share.Origin);
    }

    private void Note(bool isRelayed, in ShareOrigin origin)
    {
        if (isRelayed)
            SharesRelayed++;
        else
            Discard(origin, MiningErrorCodes.StaleShare);
    }

    private void Discard(in ShareOrigin origin, string errorCode)
    {
        SharesDiscarded++;
        _output.Answer(new ShareAnswer(origin, errorCode));
    }

    private PairSession? SessionOf(MinedJob job)
    {
        foreach (PairSession? session in _sessions)
            if (session is not null && ReferenceEquals(session.Declarator, job.Plan.Declarator))
                return session;
        return null;
    }

    private void NoteTarget()
    {
        U256? target = _ladder.Current.IsUpstream ? _sessions[_ladder.Current.Index]?.Channel?.Target : null;
        _relayTarget = target is { } value ? new RelayTarget(value) : null;
    }
}
