using Sv2.Mining.Client;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Translator;

/// <summary>
/// The pool's job behind the jobs that miners have: several of theirs, with other times, may stand for one of the pool's.
/// </summary>
/// <param name="session">The connection it came over, and that its shares go to, whatever is in use by then.</param>
/// <param name="work">The work.</param>
internal sealed class SentWork(UpstreamSession session, MiningWork work)
{
    private volatile MiningWork _work = work;

    /// <summary>The connection it came over.</summary>
    public UpstreamSession Session { get; } = session;

    /// <summary>The work as it is now: the pool may change the target of a job (5.3.21).</summary>
    public MiningWork Work
    {
        get => _work;
        set => _work = value;
    }
}
