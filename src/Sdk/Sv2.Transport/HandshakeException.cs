using Sv2.Noise;

namespace Sv2.Transport;

/// <summary>The Noise handshake did not succeed (§4.5); no message was sent or accepted.</summary>
public sealed class HandshakeException : IOException
{
    internal HandshakeException(CloseReason reason, NoiseFailure? failure = null)
        : base(reason.Message, reason.Exception)
    {
        Reason = reason;
        Failure = failure;
    }

    /// <summary>What happened: <see cref="CloseKind.HandshakeFailed"/>, <see cref="CloseKind.HandshakeTimeout"/>, <see cref="CloseKind.Truncated"/> or <see cref="CloseKind.NetworkFailure"/>.</summary>
    public CloseReason Reason { get; }

    /// <summary>Why the server's answer was refused; null where none came.</summary>
    public NoiseFailure? Failure { get; }
}
