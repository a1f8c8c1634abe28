using Sv2.Mining.Client;

namespace Sv2.Roles.MiningDevice;

/// <summary>Hands the work of a pool session to whoever listens at the moment, one piece at a time.</summary>
/// <param name="gate">The session's lock, under which work arrives and the listener is called.</param>
internal sealed class WorkOutlet(Lock gate)
{
    private Action<MiningWork?>? _listener;
    private MiningWork? _work;

    /// <summary>Whether there is work at the moment.</summary>
    public bool HasWork
    {
        get
        {
            lock (gate)
                return _work is not null;
        }
    }

    /// <summary>Begins to tell about work, at once with what there is by now. Null work means to rest.</summary>
    public void Attach(Action<MiningWork?> listener)
    {
        lock (gate)
        {
            _listener = listener;
            listener(_work);
        }
    }

    /// <summary>Stops telling about work.</summary>
    public void Detach()
    {
        lock (gate)
            _listener = null;
    }

    /// <summary>There is other work, or none.</summary>
    public void Put(MiningWork? work)
    {
        lock (gate)
        {
            _work = work;
            _listener?.Invoke(work);
        }
    }
}
