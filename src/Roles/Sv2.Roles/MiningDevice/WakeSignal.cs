namespace Sv2.Roles.MiningDevice;

/// <summary>Wakes one waiting thread, or the next that waits. Unlike an event handle it may be set after everybody has gone.</summary>
internal sealed class WakeSignal
{
    private readonly object _gate = new();
    private bool _isSet;

    public void Set()
    {
        lock (_gate)
        {
            _isSet = true;
            Monitor.Pulse(_gate);
        }
    }

    public void Wait()
    {
        lock (_gate)
        {
            while (!_isSet)
                Monitor.Wait(_gate);
            _isSet = false;
        }
    }
}
