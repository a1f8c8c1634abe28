using Sv2.Noise.Curve;
using Sv2.Noise.Handshake;

namespace Sv2.Noise.Tests.Curve;

public sealed class ElligatorSwiftTests
{
    [Fact]
    [Trait("spec", "80")]
    public void Decoding_gives_the_vectors_of_bip324()
    {
        foreach (var vector in Vectors.Csv("bip-0324_ellswift_decode_test_vectors.csv"))
        {
            var point = ElligatorSwift.Decode(Vectors.Hex(vector["ellswift"]));
            Assert.Equal(vector["x"], HexX(point));
            AssertOnCurve(point);
        }
    }

    [Fact]
    [Trait("spec", "80")]
    public void Inverting_gives_the_vectors_of_bip324()
    {
        foreach (var vector in Vectors.Csv("bip-0324_xswiftec_inv_test_vectors.csv"))
        {
            var u = FieldElement.FromBytesReduced(Vectors.Hex(vector["u"]));
            var x = FieldElement.FromBytesReduced(Vectors.Hex(vector["x"]));
            for (var way = 0; way < 8; way++)
            {
                var found = ElligatorSwift.TryInvert(x, u, way, out var t);
                Assert.Equal(vector[$"case{way}_t"], found ? Vectors.Hex(Written(t)) : "");
            }
        }
    }

    [Fact]
    [Trait("spec", "80")]
    public void Encodings_decode_to_what_was_encoded_and_differ()
    {
        var encoded = new byte[ElligatorSwift.EncodedSize];
        var seen = new HashSet<string>();
        for (var i = 1; i <= 100; i++)
        {
            var secret = new byte[32];
            secret[31] = (byte)i;
            var x = new byte[32];
            ManagedSecp256k1.Instance.PublicX(secret, x);
            for (var j = 0; j < 3; j++)
            {
                ElligatorSwift.Encode(x, System.Security.Cryptography.RandomNumberGenerator.Fill, encoded);
                Assert.Equal(Vectors.Hex(x), HexX(ElligatorSwift.Decode(encoded)));
                Assert.True(seen.Add(Vectors.Hex(encoded)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Curves))]
    [Trait("spec", "80")]
    [Trait("spec", "89")]
    [Trait("spec", "356")]
    [Trait("spec", "357")]
    public void Key_agreement_gives_the_vectors_of_bip324(string curve)
    {
        if (Cryptographies.Curve(curve) is not { } secp256k1)
            return;
        foreach (var vector in Vectors.Csv("bip-0324_packet_encoding_test_vectors.csv"))
        {
            var secret = Vectors.Hex(vector["in_priv_ours"]);
            var ours = Vectors.Hex(vector["in_ellswift_ours"]);
            var theirs = Vectors.Hex(vector["in_ellswift_theirs"]);
            Assert.Equal(vector["mid_x_ours"], HexX(ElligatorSwift.Decode(ours)));
            Assert.Equal(vector["mid_x_theirs"], HexX(ElligatorSwift.Decode(theirs)));

            var x = new byte[32];
            secp256k1.PublicX(secret, x);
            Assert.Equal(vector["mid_x_ours"], Vectors.Hex(x));
            secp256k1.SharedX(secret, ElligatorSwift.Decode(theirs), x);
            Assert.Equal(vector["mid_x_shared"], Vectors.Hex(x));

            var shared = new byte[32];
            KeyAgreement.Compute(secp256k1, secret, ours, theirs, ElligatorSwift.Decode(theirs), vector["in_initiating"] == "1", shared);
            Assert.Equal(vector["mid_shared_secret"], Vectors.Hex(shared));
        }
    }

    public static TheoryData<string> Curves => Cryptographies.CurveNames;

    private static string HexX(in AffinePoint point) => Vectors.Hex(Written(point.X));

    private static byte[] Written(in FieldElement element)
    {
        var bytes = new byte[32];
        element.Write(bytes);
        return bytes;
    }

    private static void AssertOnCurve(in AffinePoint point)
    {
        AffinePoint.CurveEquation(out var right, point.X);
        FieldElement.Square(out var left, point.Y);
        Assert.True(FieldElement.EqualPublic(right, left));
    }
}
