namespace Sv2.Transport;

/// <summary>Limits of one connection, for both sides. Every bound has a stated behaviour when it is reached: the connection closes with a reason.</summary>
public record ConnectionOptions
{
    /// <summary>Time from the TCP connection to the end of the Noise handshake (§4.5). Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Time from the end of the handshake until the session is set up (§3.6.1), including any extension that is required. Default 10 s.
    /// </summary>
    public TimeSpan SetupTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a peer may go without a complete frame once the session is set up.
    /// <see cref="Timeout.InfiniteTimeSpan"/>, the default, is right where a peer may rightly be silent for hours
    /// (a client of a template provider); dead peers are then found by TCP keep-alive and <see cref="SendTimeout"/>.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long a frame may take from its first byte to its last. Default 60 s.</summary>
    public TimeSpan FrameTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the peer may leave a flush of our bytes waiting. Default 30 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a close may take to send what is queued before the connection is cut. Default 3 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Largest payload accepted once the session is set up, in bytes; see <see cref="PayloadLimits"/>. Default <see cref="PayloadLimits.Mining"/>.</summary>
    public int PayloadBytesMax { get; init; } = PayloadLimits.Mining;

    /// <summary>Largest payload accepted until the session is set up, in bytes. Default <see cref="PayloadLimits.BeforeSetup"/>.</summary>
    public int SetupPayloadBytesMax { get; init; } = PayloadLimits.BeforeSetup;

    /// <summary>
    /// How many bytes of plain frames may wait for the peer. A frame that would go above it closes the connection with
    /// <see cref="CloseKind.SlowReader"/>: a peer that does not read costs this much memory and no more. Default 1 MiB.
    /// Must be larger than the largest frame that is sent.
    /// </summary>
    public int OutboundBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Checks the values; throws <see cref="ArgumentException"/> that names the first wrong one.</summary>
    internal virtual void Validate()
    {
        CheckTime(HandshakeTimeout, nameof(HandshakeTimeout));
        CheckTime(SetupTimeout, nameof(SetupTimeout));
        CheckTime(IdleTimeout, nameof(IdleTimeout));
        CheckTime(FrameTimeout, nameof(FrameTimeout));
        CheckTime(SendTimeout, nameof(SendTimeout));
        CheckTime(CloseTimeout, nameof(CloseTimeout));
        CheckCount(PayloadBytesMax, 0, PayloadLimits.Header, nameof(PayloadBytesMax));
        CheckCount(SetupPayloadBytesMax, 0, PayloadLimits.Header, nameof(SetupPayloadBytesMax));
        CheckCount(OutboundBytesMax, 1024, int.MaxValue / 2, nameof(OutboundBytesMax));
    }

    private protected static void CheckTime(TimeSpan value, string name)
    {
        if (value == Timeout.InfiniteTimeSpan || (value > TimeSpan.Zero && value <= TimeSpan.FromDays(40))) return;
        throw new ArgumentException($"{name} is {value}: it must be above zero and at most 40 days, or infinite", name);
    }

    private protected static void CheckCount(int value, int min, int max, string name)
    {
        if (value >= min && value <= max) return;
        throw new ArgumentException($"{name} is {value}: it must be between {min} and {max}", name);
    }
}
