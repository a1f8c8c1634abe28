namespace Sv2.ControlPlane;

/// <summary>The least level of the roles' own logs that is written. May be changed at any time.</summary>
public sealed class LogThreshold(LogLevel level = LogLevel.Warning)
{
    private volatile int _level = (int)level;

    /// <summary>The least level.</summary>
    public LogLevel Level
    {
        get => (LogLevel)_level;
        set => _level = (int)value;
    }
}
