using Sv2.Transport.Probe;

namespace Sv2.Roles.Probe;

/// <summary>Takes down the steps of a probe with the time of each.</summary>
internal sealed class ProbeSteps(TimeProvider clock, Action<ProbeStep>? onStep)
{
    private readonly List<ProbeStep> _steps = [];
    private long _stepStarted = clock.GetTimestamp();

    public IReadOnlyList<ProbeStep> All => _steps;

    public TimeProvider Clock => clock;

    public void Add(string name, ProbeOutcome outcome, string finding, string? advice = null)
    {
        long now = clock.GetTimestamp();
        var step = new ProbeStep(name, outcome, clock.GetElapsedTime(_stepStarted, now), finding, advice);
        _stepStarted = now;
        _steps.Add(step);
        onStep?.Invoke(step);
    }
}
