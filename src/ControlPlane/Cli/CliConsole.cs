namespace Sv2.ControlPlane.Cli;

/// <summary>The terminal, or what stands for it in a test.</summary>
/// <param name="In">Standard input.</param>
/// <param name="Out">Standard output: results, the banner, the log.</param>
/// <param name="Error">Standard error: what went wrong.</param>
/// <param name="HasColor">Whether colours are wanted.</param>
public sealed record CliConsole(TextReader In, TextWriter Out, TextWriter Error, bool HasColor)
{
    /// <summary>The process's own. Colours only on a terminal, and never where NO_COLOR is set.</summary>
    public static CliConsole System { get; } = new(
        Console.In,
        Console.Out,
        Console.Error,
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
}
