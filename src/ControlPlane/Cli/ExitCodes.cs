namespace Sv2.ControlPlane.Cli;

/// <summary>What the program's exit code says.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>Ran, and the answer is no: a frame that cannot be read, a probe that failed.</summary>
    public const int Failure = 1;

    /// <summary>Could not run: a wrong argument, key, value, file or port.</summary>
    public const int Usage = 2;

    /// <summary>A fault of the program itself.</summary>
    public const int Fault = 70;
}
