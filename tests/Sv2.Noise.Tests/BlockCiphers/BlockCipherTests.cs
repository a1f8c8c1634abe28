using Sv2.Noise.Ciphers;

namespace Sv2.Noise.Tests.BlockCiphers;

/// <summary>The framework's cipher against itself: the contract's own check.</summary>
public sealed class FrameworkCipherTests : BlockCipherContract
{
    internal override ICipherFactory? Factory => FrameworkCipherFactory.Instance;
}

/// <summary>The system's libsodium, where it is installed.</summary>
public sealed class LibsodiumCipherTests : BlockCipherContract
{
    internal override ICipherFactory? Factory => Libsodium.Instance is { } sodium ? new LibsodiumCipherFactory(sodium) : null;
}

/// <summary>Both together, chosen by size.</summary>
public sealed class SizedCipherTests : BlockCipherContract
{
    internal override ICipherFactory? Factory =>
        Libsodium.Instance is { } sodium ? new SizedCipherFactory(sodium, NoiseCryptography.LibsodiumBytesMax) : null;
}
