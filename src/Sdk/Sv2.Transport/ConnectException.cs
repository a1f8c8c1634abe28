using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.Transport.Setup;

namespace Sv2.Transport;

/// <summary>The step at which connecting failed.</summary>
public enum ConnectStep
{
    /// <summary>The connection string or the options do not permit it.</summary>
    Policy,

    /// <summary>The host name could not be resolved.</summary>
    NameResolution,

    /// <summary>No TCP connection came about.</summary>
    Tcp,

    /// <summary>The Noise handshake failed (§4.5), the server's certificate included.</summary>
    Handshake,

    /// <summary>The session could not be set up (§3.6.1).</summary>
    Setup,
}

/// <summary>Connecting failed. The message is one line that says where, at which step and why, without secrets.</summary>
public sealed class ConnectException : IOException
{
    internal ConnectException(ConnectStep step, string message, Exception? inner = null, NoiseFailure? failure = null)
        : base(message, inner)
    {
        Step = step;
        Failure = failure;
    }

    internal ConnectException(string message, SetupFailure setup)
        : this(ConnectStep.Setup, message) => Setup = setup;

    /// <summary>The step that failed.</summary>
    public ConnectStep Step { get; }

    /// <summary>Why the server's handshake was refused; null for other steps and causes.</summary>
    public NoiseFailure? Failure { get; }

    /// <summary>Why the session was not set up; null for other steps.</summary>
    public SetupFailure? Setup { get; }

    /// <summary>The server's request to reconnect, where that is what ended the setup (§3.6.5).</summary>
    public Reconnect? ReconnectRequest { get; internal init; }
}
