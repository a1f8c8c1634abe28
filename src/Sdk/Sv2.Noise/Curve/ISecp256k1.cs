namespace Sv2.Noise.Curve;

/// <summary>
/// The curve operations worth handing to a system library: all that multiply points. Encodings, parsing and hashing
/// have one implementation. Implementations are safe for concurrent use.
/// </summary>
internal interface ISecp256k1
{
    /// <summary>A name for logs.</summary>
    string Name { get; }

    /// <summary>The x-coordinate of the public key of a private key. Constant time.</summary>
    /// <param name="secret">A valid private key, 32 bytes.</param>
    /// <param name="x">Receives 32 bytes.</param>
    void PublicX(ReadOnlySpan<byte> secret, Span<byte> x);

    /// <summary>The x-coordinate of secret · point. Constant time in the secret.</summary>
    /// <param name="secret">A valid private key, 32 bytes.</param>
    /// <param name="point">The peer's point, either of its two y; coordinates normalised or at least of magnitude 1.</param>
    /// <param name="x">Receives 32 bytes.</param>
    void SharedX(ReadOnlySpan<byte> secret, in AffinePoint point, Span<byte> x);

    /// <summary>Signs a 32-byte digest by BIP340. Constant time in the secret.</summary>
    void Sign(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> auxiliary, Span<byte> signature);

    /// <summary>Whether a BIP340 signature over a 32-byte digest is right.</summary>
    bool Verify(ReadOnlySpan<byte> publicX, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature);
}
