using Sv2.Bitcoin;
using Sv2.Mining.Server;
using Sv2.Protocol;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// A channel's vardiff that never asks for more than the pool does: a miner that keeps back shares which the pool would
/// have credited loses pay.
/// </summary>
/// <param name="inner">What follows the channel's hash rate.</param>
/// <param name="poolTarget">The pool's target at the moment; null while there is none.</param>
internal sealed class RelayVardiff(IVardiff inner, Func<U256?> poolTarget) : IVardiff
{
    /// <inheritdoc/>
    public U256 Start(double nominalHashRate, long timestamp) => Ease(inner.Start(nominalHashRate, timestamp));

    /// <inheritdoc/>
    public void OnShare(ulong work, long timestamp) => inner.OnShare(work, timestamp);

    /// <inheritdoc/>
    public bool TryRetarget(in U256 current, long timestamp, out U256 proposed)
    {
        U256 wanted = inner.TryRetarget(current, timestamp, out U256 own) ? own : current;
        proposed = Ease(wanted);
        return proposed != current;
    }

    /// <inheritdoc/>
    public void OnTarget(in U256 target, long timestamp) => inner.OnTarget(target, timestamp);

    /// <inheritdoc/>
    public double HashRate(long timestamp) => inner.HashRate(timestamp);

    private U256 Ease(in U256 target) => poolTarget() is { } limit ? Target.Easier(target, limit) : target;
}
