using Sv2.Mining;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorClient;

// What pages and REST clients see.
internal sealed partial class ClientEngine
{
    /// <summary>What is mined for and why.</summary>
    public (MiningFor Current, string Why, bool HasJob, string? Fault) Standing
    {
        get
        {
            lock (Gate)
                return (_ladder.Current, _ladder.Why, _current is not null, _fault);
        }
    }

    /// <summary>Height of the block being mined; null before the first job.</summary>
    public long? Height
    {
        get
        {
            lock (Gate)
                return _current?.Height;
        }
    }

    /// <summary>The room that the template provider was asked for last.</summary>
    public Protocol.TemplateDistribution.CoinbaseOutputConstraints? Room
    {
        get
        {
            lock (Gate)
                return _room;
        }
    }

    /// <summary>How long an upstream that refused something is still left alone; null for one that is not.</summary>
    public TimeSpan? RestLeft(int index)
    {
        lock (Gate)
            return _ladder.RestLeft(index);
    }

    /// <summary>An upstream's session; null while it is not connected.</summary>
    public PairSession? SessionOf(int index)
    {
        lock (Gate)
            return _sessions[index];
    }

    /// <summary>The templates alive, the one being mined first.</summary>
    public IReadOnlyList<(ProvidedTemplate Template, ChainTip? Tip)> Templates()
    {
        lock (Gate)
        {
            List<(ProvidedTemplate, ChainTip?)> alive = [];
            if (_active is not null)
                alive.Add((_active.Template, _tip));
            alive.AddRange(_futures.AsEnumerable().Reverse().Select(slot => (slot.Template, (ChainTip?)null)));
            return alive;
        }
    }

    /// <summary>The jobs that miners have: the one they work on, then those for the next tip.</summary>
    public IReadOnlyList<AliveJob> Jobs()
    {
        lock (Gate)
        {
            List<AliveJob> alive = [];
            if (_current is { JobId: not null } current)
                alive.Add(new AliveJob(current, current.Tip, UpstreamOf(current)));
            foreach (TemplateSlot slot in _futures)
                if (slot.Future is { JobId: not null } future)
                    alive.Add(new AliveJob(future, null, UpstreamOf(future)));
            return alive;
        }
    }

    /// <summary>Declarations, the newest first.</summary>
    /// <param name="pairs">The upstreams, for their names.</param>
    public IReadOnlyList<DeclarationInfo> Declarations(IReadOnlyList<UpstreamPair> pairs)
    {
        lock (Gate)
            return [.. _log.AsEnumerable().Reverse().Select(job => Describe(job, pairs))];
    }

    /// <summary>Tokens in stock, the newest first.</summary>
    /// <param name="pairs">The upstreams, for their names.</param>
    public IReadOnlyList<TokenInfo> Tokens(IReadOnlyList<UpstreamPair> pairs)
    {
        lock (Gate)
        {
            List<TokenInfo> tokens = [];
            foreach (PairSession session in _sessions.OfType<PairSession>())
            {
                UpstreamPair pair = pairs[session.Index];
                tokens.AddRange(session.Declarator.Tokens.Select(token => new TokenInfo
                {
                    Fingerprint = token.Fingerprint,
                    UserIdentifier = pair.Settings.UserIdentifier,
                    RemoteAddress = $"{pair.Server.Peer.Host}:{pair.Server.Peer.Port}",
                    IssuedAt = token.ReceivedAt,
                    ExpiresAt = token.ReceivedAt + _options.TokenAgeMax,
                }));
            }
            return [.. tokens.OrderByDescending(token => token.IssuedAt)];
        }
    }

    private static int? UpstreamOf(MinedJob job) => job.Plan.Declarator?.Settings.Index;

    private DeclarationInfo Describe(MinedJob job, IReadOnlyList<UpstreamPair> pairs)
    {
        UpstreamPair? pair = UpstreamOf(job) is { } index ? pairs[index] : null;
        return new DeclarationInfo
        {
            Id = job.Id,
            IsDownstream = false,
            UserIdentifier = pair?.Settings.UserIdentifier ?? "",
            RemoteAddress = pair is null ? "" : $"{pair.Server.Peer.Host}:{pair.Server.Peer.Port}",
            Mode = pair is null ? "solo" : pair.Settings.IsFullTemplate ? "full-template" : "coinbase-only",
            State = StateOf(job, pair?.Settings.IsFullTemplate ?? false),
            Reason = job.Reason,
            Height = job.Height,
            PrevHash = job.Tip?.PrevHash.ToDisplayString(),
            TransactionCount = job.TransactionCount,
            MissingTransactions = job.MissingTransactions,
            PoolValueSats = pair is null ? null : (long)job.PayoutValue,
            SharesCached = _cache.CountOf(job),
            CreatedAt = job.CreatedAt,
            DecidedAt = job.DecidedAt,
        };
    }

    private static DeclarationState StateOf(MinedJob job, bool isFullTemplate) => job.Step switch
    {
        _ when job.IsSolved => DeclarationState.Solved,
        JobStep.Declaring when job.MissingTransactions > 0 => DeclarationState.AwaitingTransactions,
        JobStep.Setting when isFullTemplate => DeclarationState.Accepted,
        JobStep.Mining or JobStep.Solo => DeclarationState.Mining,
        JobStep.Refused => DeclarationState.Refused,
        JobStep.Dropped => DeclarationState.Dropped,
        _ => DeclarationState.Declared,
    };
}

/// <summary>A job that miners have.</summary>
/// <param name="Job">The job.</param>
/// <param name="Tip">The block it builds on; null for a future one.</param>
/// <param name="Upstream">Place of the upstream it is for; null for a solo job.</param>
internal readonly record struct AliveJob(MinedJob Job, ChainTip? Tip, int? Upstream);
