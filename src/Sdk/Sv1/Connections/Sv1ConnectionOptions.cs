namespace Sv1;

/// <summary>Limits of a line connection. At each the connection closes with a reason.</summary>
public record Sv1ConnectionOptions
{
    /// <summary>Most bytes of a received line. Default 16 KiB; what a miner sends stays below 1 KiB.</summary>
    public int LineBytesMax { get; init; } = 16 * 1024;

    /// <summary>Most bytes that may wait for a peer that reads slowly. Default 256 KiB.</summary>
    public int OutboundBytesMax { get; init; } = 256 * 1024;

    /// <summary>Time until the owner calls <see cref="Sv1Connection.Establish"/>. Default 30 s.</summary>
    public TimeSpan SetupTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an established peer may send nothing. Default 15 minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a line may take from its first byte to its last. Default 30 s.</summary>
    public TimeSpan LineTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the peer may leave our bytes waiting. Default 30 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a close may take to send what waits. Default 2 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its limits.</exception>
    public virtual void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(LineBytesMax, 64);
        ArgumentOutOfRangeException.ThrowIfLessThan(OutboundBytesMax, 1024);
        foreach (TimeSpan limit in (ReadOnlySpan<TimeSpan>)[SetupTimeout, IdleTimeout, LineTimeout, SendTimeout, CloseTimeout])
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero);
    }
}
