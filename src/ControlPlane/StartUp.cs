namespace Sv2.ControlPlane;

/// <summary>
/// Whether the program has brought up what it was started for. REST serves before that, but the program is not ready:
/// what it would run may not even have been created yet.
/// </summary>
public sealed class StartUp
{
    private volatile bool _isDone;

    /// <summary>Whether everything has been brought up.</summary>
    public bool IsDone => _isDone;

    /// <summary>Says that everything has been brought up, once and for all.</summary>
    public void Complete() => _isDone = true;
}
