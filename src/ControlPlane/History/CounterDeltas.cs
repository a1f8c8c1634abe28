namespace Sv2.ControlPlane.History;

/// <summary>Turns counters that start anew with their role into how much was added since the last look.</summary>
internal sealed class CounterDeltas
{
    private Dictionary<(string, string, string), double> _before = [];
    private Dictionary<(string, string, string), double> _now = [];
    private bool _hasLooked;

    /// <summary>How much was added. A counter that is seen first at the very first look adds nothing: nobody knows since when it counts.</summary>
    public double Of(string name, string instance, string label, double value)
    {
        (string, string, string) key = (name, instance, label);
        _now[key] = value;
        return _before.TryGetValue(key, out double before) ? value >= before ? value - before : value
            : _hasLooked ? value : 0;
    }

    /// <summary>All counters were looked at; those that were not are forgotten.</summary>
    public void EndLook()
    {
        (_before, _now) = (_now, _before);
        _now.Clear();
        _hasLooked = true;
    }
}
