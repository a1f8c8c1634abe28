using Sv2.Bitcoin;
using Sv2.Mining.Server;

namespace Sv2.Roles.Pool;

/// <summary>
/// Job families of miners who mine for their own address: one family an address, shared by all its channels. A family
/// without channels is kept for their return until its place is needed. Thread-safe.
/// </summary>
internal sealed class SoloFamilies(JobFactory factory, PoolTemplates templates, PoolPayout payout, int addressesMax)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Script, Lease> _byScript = [];
    private readonly LinkedList<Lease> _idle = [];

    /// <summary>The family of an address; null when there are too many addresses.</summary>
    public Lease? Find(Script script)
    {
        lock (_gate)
        {
            if (_byScript.TryGetValue(script, out Lease? lease)) return lease;
            if (_byScript.Count >= addressesMax && !EvictIdle()) return null;
            lease = new Lease(script, factory.CreateFamily(value => payout.ToMiner(script, value)));
            lease.Idle = _idle.AddLast(lease);
            Keep(lease);
            return lease;
        }
    }

    /// <summary>A channel of the family was opened.</summary>
    public void Open(Lease lease)
    {
        lock (_gate)
        {
            if (lease.Channels++ > 0) return;
            // Evicted between the request and its answer: the family is fed again, one above the bound.
            if (lease.Idle is { } idle) _idle.Remove(idle);
            else Keep(lease);
            lease.Idle = null;
        }
    }

    /// <summary>A channel of the family was closed.</summary>
    public void Close(Lease lease)
    {
        lock (_gate)
        {
            if (--lease.Channels == 0) lease.Idle = _idle.AddLast(lease);
        }
    }

    private void Keep(Lease lease)
    {
        _byScript[lease.Script] = lease;
        templates.Add(lease.Family);
    }

    private bool EvictIdle()
    {
        if (_idle.First is not { } oldest) return false;
        _idle.Remove(oldest);
        oldest.Value.Idle = null;
        _byScript.Remove(oldest.Value.Script);
        templates.Remove(oldest.Value.Family);
        return true;
    }

    /// <summary>A family, and how many channels use it.</summary>
    internal sealed class Lease(Script script, JobFamily family)
    {
        public Script Script { get; } = script;

        public JobFamily Family { get; } = family;

        internal int Channels { get; set; }

        internal LinkedListNode<Lease>? Idle { get; set; }
    }
}
