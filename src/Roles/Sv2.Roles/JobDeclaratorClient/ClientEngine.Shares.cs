using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;

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

    /// <summary>A miner has found a share. Never waits.</summary>
    public void OnShare(in AcceptedShare share)
    {
        lock (Gate)
        {
            if (!_byJobId.TryGetValue(share.JobId, out MinedJob? job))
            {
                SharesDiscarded++;
                return;
            }
            if (job.Plan.Declarator is null)
                return;
            PairSession? session = SessionOf(job);
            U256 target = job.Work?.Target ?? session?.Channel?.Target ?? U256.MaxValue;
            if (share.Hash > target)
            {
                SharesBelowPool++;
                return;
            }
            Span<byte> local = stackalloc byte[ExtranonceMax];
            share.Channel.ExtranoncePrefix.Span.CopyTo(local);
            share.Extranonce.CopyTo(local[share.Channel.ExtranoncePrefix.Length..]);
            Span<byte> extranonce = stackalloc byte[ExtranonceMax];
            extranonce = extranonce[..job.Plan.ExtranonceSize];
            job.Plan.WriteExtranonce(local[..(share.Channel.ExtranoncePrefix.Length + share.Extranonce.Length)], extranonce);
            Relay(session, job, share, extranonce);
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

    private void Relay(PairSession? session, MinedJob job, in AcceptedShare share, ReadOnlySpan<byte> extranonce)
    {
        if (job.Step == JobStep.Mining && session is not null)
            Count(session.TrySubmit(job, share.Version, share.NTime, share.Nonce, extranonce));
        else if (job.IsUndecided && session is not null)
            _ = _cache.TryAdd(job, new CachedShare(share.Hash, share.Version, share.NTime, share.Nonce, ByteString.CopyOf(extranonce)));
        else
            SharesDiscarded++;
    }

    private void Submit(PairSession session, MinedJob job, in CachedShare share)
    {
        if (share.Hash > job.Work!.Target)
            SharesBelowPool++;
        else
            Count(session.TrySubmit(job, share.Version, share.NTime, share.Nonce, share.Extranonce.Span));
    }

    private void Count(bool relayed)
    {
        if (relayed)
            SharesRelayed++;
        else
            SharesDiscarded++;
    }

    private PairSession? SessionOf(MinedJob job) =>
        Array.Find(_sessions, session => session is not null && ReferenceEquals(session.Declarator, job.Plan.Declarator));

    private void NoteTarget()
    {
        U256? target = _ladder.Current.IsUpstream ? _sessions[_ladder.Current.Index]?.Channel?.Target : null;
        _relayTarget = target is { } value ? new RelayTarget(value) : null;
    }
}
