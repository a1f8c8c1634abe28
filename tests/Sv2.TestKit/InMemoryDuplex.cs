using System.IO.Pipelines;

namespace Sv2.TestKit;

/// <summary>One end of a connection inside the process.</summary>
public sealed class InMemoryDuplex : IDuplexPipe
{
    private InMemoryDuplex(PipeReader input, PipeWriter output)
    {
        Input = input;
        Output = output;
    }

    /// <inheritdoc />
    public PipeReader Input { get; }

    /// <inheritdoc />
    public PipeWriter Output { get; }

    /// <summary>
    /// Two ends, each of which reads what the other writes. Every direction holds
    /// <paramref name="pauseBytes"/> before a flush waits for the reader; 0 never waits.
    /// </summary>
    public static (InMemoryDuplex Client, InMemoryDuplex Server) CreatePair(int pauseBytes = 64 * 1024)
    {
        var options = new PipeOptions(
            pauseWriterThreshold: pauseBytes, resumeWriterThreshold: Math.Max(pauseBytes / 2, Math.Min(pauseBytes, 1)), useSynchronizationContext: false);
        var up = new Pipe(options);
        var down = new Pipe(options);
        return (new InMemoryDuplex(down.Reader, up.Writer), new InMemoryDuplex(up.Reader, down.Writer));
    }
}
