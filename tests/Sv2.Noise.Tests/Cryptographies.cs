using Sv2.Noise.Curve;

namespace Sv2.Noise.Tests;

/// <summary>The implementations that tests run over. Those of system libraries are there only where these are installed.</summary>
internal static class Cryptographies
{
    public static TheoryData<string> CurveNames => ["managed", "libsecp256k1"];

    /// <summary>All combinations of curve and cipher that this machine has.</summary>
    public static TheoryData<CurveImplementation, CipherImplementation> All
    {
        get
        {
            var data = new TheoryData<CurveImplementation, CipherImplementation>();
            foreach (var curve in Enum.GetValues<CurveImplementation>())
            {
                foreach (var cipher in Enum.GetValues<CipherImplementation>())
                {
                    if ((curve != CurveImplementation.LibSecp256k1 || LibSecp256k1.Instance is not null)
                        && (cipher != CipherImplementation.Libsodium || Ciphers.Libsodium.Instance is not null))
                        data.Add(curve, cipher);
                }
            }
            return data;
        }
    }

    /// <summary>Null where the library is not installed: then the test has nothing to run.</summary>
    public static ISecp256k1? Curve(string name) => name == "managed" ? ManagedSecp256k1.Instance : LibSecp256k1.Instance;
}
