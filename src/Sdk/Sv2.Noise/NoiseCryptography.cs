using System.Security.Cryptography;
using Sv2.Noise.Ciphers;
using Sv2.Noise.Curve;

namespace Sv2.Noise;

/// <summary>Who does the curve's arithmetic.</summary>
public enum CurveImplementation
{
    /// <summary>The system's libsecp256k1 where it is installed, otherwise the managed one.</summary>
    Automatic,

    /// <summary>This library's own code.</summary>
    Managed,

    /// <summary>The system's libsecp256k1 (Debian: libsecp256k1-1).</summary>
    LibSecp256k1,
}

/// <summary>Who runs ChaCha20-Poly1305.</summary>
public enum CipherImplementation
{
    /// <summary>The system's libsodium for short blocks where it is installed, the framework for everything else.</summary>
    Automatic,

    /// <summary>The framework (System.Security.Cryptography).</summary>
    Framework,

    /// <summary>The system's libsodium (Debian: libsodium23) for all blocks.</summary>
    Libsodium,
}

/// <summary>
/// Which implementations do the cryptography. All of them give the same results; they differ in speed. Log
/// <see cref="Description"/> at the start of a process.
/// </summary>
public sealed class NoiseCryptography
{
    /// <summary>Environment variable that chooses for <see cref="Default"/>: <c>managed</c> or <c>libsecp256k1</c>.</summary>
    public const string CurveVariable = "SV2_CURVE";

    /// <summary>Environment variable that chooses for <see cref="Default"/>: <c>framework</c> or <c>libsodium</c>.</summary>
    public const string CipherVariable = "SV2_CIPHER";

    private static readonly Lazy<NoiseCryptography> LazyDefault = new(FromEnvironment);

    private readonly Action<Memory<byte>>? _random;

    internal NoiseCryptography(ISecp256k1 secp256k1, ICipherFactory ciphers, Action<Memory<byte>>? random = null)
    {
        Secp256k1 = secp256k1;
        Ciphers = ciphers;
        _random = random;
    }
}
