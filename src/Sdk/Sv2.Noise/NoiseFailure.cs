namespace Sv2.Noise;

/// <summary>Why a handshake was refused.</summary>
public enum NoiseFailureKind
{
    /// <summary>
    /// A message authentication code did not match: the bytes were damaged or tampered with, or the peer does not
    /// speak this handshake.
    /// </summary>
    AuthenticationFailed,

    /// <summary>The certificate has a version this implementation does not know. Only version 0 is in use.</summary>
    UnknownCertificateVersion,

    /// <summary>The certificate is not signed by the expected authority key.</summary>
    WrongAuthority,

    /// <summary>The certificate's <c>valid_from</c> lies in the future of the local clock.</summary>
    CertificateNotYetValid,

    /// <summary>The certificate's <c>not_valid_after</c> lies in the past of the local clock.</summary>
    CertificateExpired,
}

/// <summary>Why a handshake was refused, in a form for programs and in plain words for people.</summary>
/// <param name="Kind">The reason.</param>
/// <param name="Message">What happened and what to look at; one line, no secrets, nothing the peer can choose freely.</param>
public sealed record NoiseFailure(NoiseFailureKind Kind, string Message)
{
    /// <summary>Returns <see cref="Message"/>.</summary>
    public override string ToString() => Message;
}
