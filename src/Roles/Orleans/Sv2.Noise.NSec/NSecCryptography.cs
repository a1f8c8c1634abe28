namespace Sv2.Noise.NSec;

/// <summary>Cryptography whose cipher is NSec's: for systems without a libsodium of their own.</summary>
public static class NSecCryptography
{
    /// <summary>Chooses the curve; the cipher is NSec's for blocks of every size.</summary>
    /// <param name="curve">Who does the curve's arithmetic.</param>
    /// <returns>What handshakes and sessions take.</returns>
    /// <exception cref="PlatformNotSupportedException">The curve's library is not installed.</exception>
    public static NoiseCryptography Create(CurveImplementation curve = CurveImplementation.Automatic) =>
        new(NoiseCryptography.Create(curve).Secp256k1, NSecCipherFactory.Instance);
}
