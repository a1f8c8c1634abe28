using System.Security.Cryptography;
using Sv2.Noise.Curve;

namespace Sv2.Noise.Handshake;

/// <summary>
/// ECDH(k, rk) of the specification: BIP324's <c>v2_ecdh</c>. Both sides hash the initiator's encoding first, so the role
/// matters, and the encodings have to be the very bytes that were sent. (Protocol Security, section 4.4.2.)
/// </summary>
internal static class KeyAgreement
{
    /// <summary>Agrees on 32 secret bytes.</summary>
    /// <param name="secp256k1">The curve.</param>
    /// <param name="secret">Our private key.</param>
    /// <param name="ours">Our public key's encoding.</param>
    /// <param name="theirs">The peer's public key's encoding.</param>
    /// <param name="theirPoint">What <paramref name="theirs"/> decodes to.</param>
    /// <param name="initiator">Whether we started the handshake.</param>
    /// <param name="shared">Receives 32 bytes.</param>
    public static void Compute(ISecp256k1 secp256k1, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> ours, ReadOnlySpan<byte> theirs, in AffinePoint theirPoint, bool initiator, Span<byte> shared)
    {
        Span<byte> x = stackalloc byte[FieldElement.Size];
        secp256k1.SharedX(secret, theirPoint, x);
        if (initiator)
            ElligatorSwift.HashSharedX(ours, theirs, x, shared);
        else
            ElligatorSwift.HashSharedX(theirs, ours, x, shared);
        CryptographicOperations.ZeroMemory(x);
    }
}
