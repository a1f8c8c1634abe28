using Sv2.Bitcoin;
using Sv2.Mining.Server;
using Sv2.Protocol;

namespace Sv2.Roles.MiningProxy;

/// <summary>
/// A miner's vardiff behind an aggregated channel: as usual, but never harder than what the pool asks of the whole proxy.
/// Otherwise a share that the pool would count would not even be reported.
/// </summary>
/// <param name="inner">Chooses the target by the miner's shares.</param>
/// <param name="bound">The pool's target; null while there is none.</param>
/// <param name="time">The clock.</param>
internal sealed class BoundVardiff(Vardiff inner, Func<UpstreamTarget?> bound, TimeProvider time) : IVardiff
{
    // A pool that has just been told of the hash rate sets its target a moment later; until then the bound means nothing.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public U256 Start(double nominalHashRate, long timestamp) => inner.Start(nominalHashRate, timestamp);

    public void OnShare(ulong work, long timestamp) => inner.OnShare(work, timestamp);

    public bool TryRetarget(in U256 current, long timestamp, out U256 proposed)
    {
        UpstreamTarget? limit = bound();
        bool isSettled = limit is not null && time.GetElapsedTime(limit.Since, timestamp) >= Grace;
        if (isSettled && current < limit!.Value)
        {
            proposed = limit.Value;
            return true;
        }
        if (!inner.TryRetarget(current, timestamp, out proposed))
            return false;
        if (isSettled)
            proposed = Target.Easier(proposed, limit!.Value);
        return proposed != current;
    }

    public void OnTarget(in U256 target, long timestamp) => inner.OnTarget(target, timestamp);

    public double HashRate(long timestamp) => inner.HashRate(timestamp);
}

/// <summary>The target of a miner whose channel has its own at the pool: that of the pool, whatever it is.</summary>
/// <param name="inner">Measures the hash rate.</param>
/// <param name="upstream">The pool's target for the channel.</param>
internal sealed class FollowingVardiff(Vardiff inner, Func<U256> upstream) : IVardiff
{
    public U256 Start(double nominalHashRate, long timestamp)
    {
        inner.Start(nominalHashRate, timestamp);
        return upstream();
    }

    public void OnShare(ulong work, long timestamp) => inner.OnShare(work, timestamp);

    public bool TryRetarget(in U256 current, long timestamp, out U256 proposed)
    {
        proposed = upstream();
        return proposed != current;
    }

    public void OnTarget(in U256 target, long timestamp) => inner.OnTarget(target, timestamp);

    public double HashRate(long timestamp) => inner.HashRate(timestamp);
}
