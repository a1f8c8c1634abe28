namespace Sv2.ControlPlane.Cli;

/// <summary>Where a run of the program writes what happens.</summary>
internal interface ILineLog
{
    /// <summary>Writes one entry.</summary>
    /// <param name="instance">Who says so.</param>
    /// <param name="severity">How much it matters.</param>
    /// <param name="message">What, in words.</param>
    /// <param name="details">What a program would like to know as well; empty for nothing.</param>
    void Write(string instance, Roles.RoleEventSeverity severity, string message, params ReadOnlySpan<(string Key, object? Value)> details);

    /// <summary>Whether what a start prints for people is wanted.</summary>
    bool IsForPeople { get; }
}

/// <summary>The log of a run, and how much of the roles' own logs goes into it.</summary>
/// <param name="Lines">Where it is written.</param>
/// <param name="IsVerbose">Whether the roles' own logs are shown from the start.</param>
internal sealed record RunLog(ILineLog Lines, bool IsVerbose)
{
    /// <summary>The least level of the roles' own logs.</summary>
    public LogThreshold Threshold { get; } = new(IsVerbose ? LogLevel.Information : LogLevel.Warning);

    /// <summary>A logger factory for one run of the program.</summary>
    public ILoggerFactory CreateFactory() => LineLoggerProvider.CreateFactory(Lines, Threshold);
}
