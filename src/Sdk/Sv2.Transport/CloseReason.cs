namespace Sv2.Transport;

/// <summary>Whose doing the end of a connection was.</summary>
public enum CloseParty
{
    /// <summary>Nobody's fault: the connection ended in good order.</summary>
    None,

    /// <summary>The peer broke the protocol, a limit or a deadline.</summary>
    Peer,

    /// <summary>Both sides behaved, but have no version, flag or extension in common.</summary>
    Incompatible,

    /// <summary>The network between the two failed.</summary>
    Network,

    /// <summary>Our own code failed.</summary>
    Local,
}

/// <summary>Why a connection ended. The party at fault follows from it: see <see cref="CloseReason.Party"/>.</summary>
public enum CloseKind
{
    /// <summary>Our side ended the connection in good order, for example because a role stops.</summary>
    LocalShutdown,

    /// <summary>The client was sent a <c>Reconnect</c> and the connection ended after it (§3.6.5).</summary>
    Drained,

    /// <summary>The peer closed the connection between two frames.</summary>
    PeerClosed,

    /// <summary>The server asked for a <c>Reconnect</c> (§3.6.5).</summary>
    ReconnectRequested,

    /// <summary>The peer closed the connection in the middle of a frame or of the handshake.</summary>
    Truncated,

    /// <summary>The socket failed or was reset.</summary>
    NetworkFailure,

    /// <summary>The Noise handshake failed (§4.5).</summary>
    HandshakeFailed,

    /// <summary>The Noise handshake did not finish in time.</summary>
    HandshakeTimeout,

    /// <summary>Setup of the session did not finish in time (§3.6.1).</summary>
    SetupTimeout,

    /// <summary>The peer sent no complete frame for longer than the idle limit.</summary>
    IdleTimeout,

    /// <summary>The peer began a frame and did not finish it in time.</summary>
    FrameTimeout,

    /// <summary>The peer took no bytes for longer than the send limit.</summary>
    SendTimeout,

    /// <summary>The peer reads more slowly than we have to send: the outbound queue reached its bound.</summary>
    SlowReader,

    /// <summary>A frame announced a payload above the limit.</summary>
    FrameTooLarge,

    /// <summary>An encrypted frame failed authentication (§4.6).</summary>
    DecryptFailed,

    /// <summary>A message could not be decoded.</summary>
    MalformedMessage,

    /// <summary>A message came that is not allowed at this point.</summary>
    ProtocolViolation,

    /// <summary><c>SetupConnection</c> was answered with <c>SetupConnection.Error</c> (§3.6.3).</summary>
    SetupRefused,

    /// <summary>An extension that one side requires is not there (extension 0x0001).</summary>
    ExtensionRequired,

    /// <summary>The connection was refused or given up because a limit on connections was reached.</summary>
    ConnectionLimit,

    /// <summary>The peer keeps to the protocol, but not within what the operator of this side allows.</summary>
    OperatorLimit,

    /// <summary>The 2^64-1 nonces of a cipher are used up (§4.4.1).</summary>
    NoncesExhausted,

    /// <summary>Our own code threw while handling a frame.</summary>
    LocalFailure,
}

/// <summary>Why a connection ended: a kind, and a sentence that names the field, limit and figures.</summary>
/// <remarks>A connection records exactly one reason, the first that was given.</remarks>
/// <param name="Kind">What happened.</param>
/// <param name="Message">The same in plain words, without secrets. May quote peer-given text, already sanitised.</param>
/// <param name="Exception">The exception behind it, where there was one.</param>
public sealed record CloseReason(CloseKind Kind, string Message, Exception? Exception = null)
{
    /// <summary>Our side ends the connection in good order.</summary>
    public static CloseReason LocalShutdown { get; } = new(CloseKind.LocalShutdown, "closed by this side");

    /// <summary>The peer closed between two frames.</summary>
    public static CloseReason PeerClosed { get; } = new(CloseKind.PeerClosed, "closed by the peer");

    /// <summary>Whose doing it was.</summary>
    public CloseParty Party => Kind switch
    {
        CloseKind.LocalShutdown or CloseKind.Drained or CloseKind.PeerClosed or CloseKind.ReconnectRequested or CloseKind.NoncesExhausted => CloseParty.None,
        CloseKind.SetupRefused or CloseKind.ExtensionRequired => CloseParty.Incompatible,
        CloseKind.NetworkFailure => CloseParty.Network,
        CloseKind.LocalFailure or CloseKind.ConnectionLimit => CloseParty.Local,
        _ => CloseParty.Peer,
    };

    /// <summary>
    /// Whether messages that were queued before the close are still sent. They are not where the peer does not read,
    /// where the stream can no longer be trusted or where the network is gone.
    /// </summary>
    public bool SendsWhatIsQueued => Kind is not (CloseKind.SlowReader or CloseKind.SendTimeout or CloseKind.NetworkFailure
        or CloseKind.DecryptFailed or CloseKind.HandshakeFailed or CloseKind.HandshakeTimeout or CloseKind.NoncesExhausted
        or CloseKind.ConnectionLimit or CloseKind.Truncated);

    /// <summary>A message that is not allowed where it came.</summary>
    public static CloseReason Violation(string message) => new(CloseKind.ProtocolViolation, message);

    /// <summary>A message that could not be decoded; <paramref name="error"/> names field and limit.</summary>
    public static CloseReason Malformed(string messageName, string error) =>
        new(CloseKind.MalformedMessage, $"{messageName}: {error}");

    /// <inheritdoc />
    public override string ToString() => $"{Kind}: {Message}";
}
