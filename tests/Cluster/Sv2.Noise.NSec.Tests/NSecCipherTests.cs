using Sv2.Noise.Ciphers;
using Sv2.Noise.Tests.BlockCiphers;

namespace Sv2.Noise.NSec.Tests;

/// <summary>NSec's cipher keeps the seam's contract.</summary>
public sealed class NSecCipherTests : BlockCipherContract
{
    internal override ICipherFactory? Factory => NSecCipherFactory.Instance;

    [Fact]
    public void Choice_is_visible() =>
        Assert.Contains("NSec", NSecCryptography.Create(CurveImplementation.Managed).Description, StringComparison.Ordinal);
}
