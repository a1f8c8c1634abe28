namespace Sv1;

/// <summary>Why a line connection ended.</summary>
public enum Sv1CloseKind
{
    /// <summary>Our side ended it in good order.</summary>
    LocalShutdown,

    /// <summary>The peer closed it between two lines.</summary>
    PeerClosed,

    /// <summary>The peer closed it in the middle of a line.</summary>
    Truncated,

    /// <summary>The socket failed or was reset.</summary>
    NetworkFailure,

    /// <summary>A line was longer than may be.</summary>
    LineTooLong,

    /// <summary>A line was not of this protocol, or a limit of the session was reached.</summary>
    ProtocolViolation,

    /// <summary>The peer did not introduce itself in time.</summary>
    SetupTimeout,

    /// <summary>The peer sent nothing for longer than the idle limit.</summary>
    IdleTimeout,

    /// <summary>The peer began a line and did not finish it in time.</summary>
    LineTimeout,

    /// <summary>The peer reads more slowly than we have to send, or not at all.</summary>
    SlowReader,

    /// <summary>A limit on connections was reached.</summary>
    ConnectionLimit,

    /// <summary>The miner was asked to connect again.</summary>
    Reconnect,

    /// <summary>Our own code threw.</summary>
    LocalFailure,
}

/// <summary>Why a line connection ended: a kind, and a sentence with the limit and the figures. The first reason counts.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Message">The same in plain words.</param>
/// <param name="Exception">The exception behind it, where there was one.</param>
public sealed record Sv1CloseReason(Sv1CloseKind Kind, string Message, Exception? Exception = null)
{
    /// <summary>Our side ends the connection in good order.</summary>
    public static Sv1CloseReason LocalShutdown { get; } = new(Sv1CloseKind.LocalShutdown, "closed by this side");

    /// <summary>Whether lines that wait are still sent.</summary>
    internal bool SendsWhatWaits => Kind is Sv1CloseKind.LocalShutdown or Sv1CloseKind.ProtocolViolation or Sv1CloseKind.Reconnect
        or Sv1CloseKind.PeerClosed or Sv1CloseKind.LineTooLong or Sv1CloseKind.SetupTimeout or Sv1CloseKind.IdleTimeout;

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}: {Message}";
}
