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

    /// <summary>
    /// The longest block that libsodium encrypts faster than the framework; see docs/performance.md for the figures.
    /// </summary>
    internal const int LibsodiumBytesMax = 1024;

    private static readonly Lazy<NoiseCryptography> LazyDefault = new(FromEnvironment);

    internal NoiseCryptography(ISecp256k1 secp256k1, ICipherFactory ciphers, RandomSource? random = null)
    {
        Secp256k1 = secp256k1;
        Ciphers = ciphers;
        FillRandom = random ?? RandomNumberGenerator.Fill;
    }

    /// <summary>
    /// What the process uses unless told otherwise: the fastest there is, or what the environment variables
    /// <see cref="CurveVariable"/> and <see cref="CipherVariable"/> name.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">A variable names a library that is not installed.</exception>
    /// <exception cref="ArgumentException">A variable has a value that is not known.</exception>
    public static NoiseCryptography Default => LazyDefault.Value;

    /// <summary>The chosen implementations and their versions, one line, for logs.</summary>
    public string Description => $"secp256k1: {Secp256k1.Name}; ChaCha20-Poly1305: {Ciphers.Name}";

    internal ISecp256k1 Secp256k1 { get; }

    internal ICipherFactory Ciphers { get; }

    /// <summary>The source of keys, encodings and signature randomness.</summary>
    internal RandomSource FillRandom { get; }

    /// <summary>Chooses implementations.</summary>
    /// <exception cref="PlatformNotSupportedException">The library asked for is not installed.</exception>
    public static NoiseCryptography Create(
        CurveImplementation curve = CurveImplementation.Automatic,
        CipherImplementation cipher = CipherImplementation.Automatic) =>
        new(ChooseCurve(curve), ChooseCipher(cipher));

    private static ISecp256k1 ChooseCurve(CurveImplementation choice) => choice switch
    {
        CurveImplementation.Automatic => (ISecp256k1?)LibSecp256k1.Instance ?? ManagedSecp256k1.Instance,
        CurveImplementation.Managed => ManagedSecp256k1.Instance,
        CurveImplementation.LibSecp256k1 => LibSecp256k1.Instance
            ?? throw new PlatformNotSupportedException("libsecp256k1 is not installed (Debian package libsecp256k1-1)."),
        _ => throw new ArgumentOutOfRangeException(nameof(choice), choice, null),
    };

    private static ICipherFactory ChooseCipher(CipherImplementation choice) => choice switch
    {
        CipherImplementation.Automatic when Libsodium.Instance is { } sodium && ChaCha20Poly1305.IsSupported =>
            new SizedCipherFactory(sodium, LibsodiumBytesMax),
        CipherImplementation.Automatic when ChaCha20Poly1305.IsSupported => FrameworkCipherFactory.Instance,
        CipherImplementation.Framework => ChaCha20Poly1305.IsSupported ? FrameworkCipherFactory.Instance
            : throw new PlatformNotSupportedException("The framework has no ChaCha20-Poly1305 on this system; install libsodium."),
        CipherImplementation.Automatic or CipherImplementation.Libsodium => new LibsodiumCipherFactory(Libsodium.Instance
            ?? throw new PlatformNotSupportedException("libsodium is not installed (Debian package libsodium23).")),
        _ => throw new ArgumentOutOfRangeException(nameof(choice), choice, null),
    };

    private static NoiseCryptography FromEnvironment() => Create(
        Read<CurveImplementation>(CurveVariable),
        Read<CipherImplementation>(CipherVariable));

    private static T Read<T>(string variable)
        where T : struct, Enum
    {
        var text = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(text))
            return default;
        return Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value)
            ? value
            : throw new ArgumentException($"The environment variable {variable} has the value \"{text}\"; expected one of {string.Join(", ", Enum.GetNames<T>())}.");
    }
}
