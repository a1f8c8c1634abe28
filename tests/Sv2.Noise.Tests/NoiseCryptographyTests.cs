using Sv2.Noise.Curve;
using Xunit.Abstractions;

namespace Sv2.Noise.Tests;

public sealed class NoiseCryptographyTests(ITestOutputHelper output)
{
    [Fact]
    public void The_choice_is_visible()
    {
        Assert.Equal("secp256k1: managed; ChaCha20-Poly1305: framework", NoiseCryptography.Create(CurveImplementation.Managed, CipherImplementation.Framework).Description);
        output.WriteLine(NoiseCryptography.Default.Description);
        output.WriteLine(LibSecp256k1.Instance is null ? "libsecp256k1 is not installed: its tests did not run." : "libsecp256k1 is installed.");
        output.WriteLine(Ciphers.Libsodium.Instance is null ? "libsodium is not installed: its tests did not run." : "libsodium is installed.");
    }

    [Fact]
    public void Libraries_are_chosen_where_they_are_installed()
    {
        if (LibSecp256k1.Instance is null)
            Assert.Throws<PlatformNotSupportedException>(() => NoiseCryptography.Create(CurveImplementation.LibSecp256k1));
        else
            Assert.Contains("libsecp256k1", NoiseCryptography.Create(CurveImplementation.LibSecp256k1).Description);
        if (Ciphers.Libsodium.Instance is null)
            Assert.Throws<PlatformNotSupportedException>(() => NoiseCryptography.Create(cipher: CipherImplementation.Libsodium));
        else
            Assert.Contains("libsodium", NoiseCryptography.Create(cipher: CipherImplementation.Libsodium).Description);
    }
}
