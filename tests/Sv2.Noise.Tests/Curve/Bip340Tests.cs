using Sv2.Noise.Curve;

namespace Sv2.Noise.Tests.Curve;

public sealed class Bip340Tests
{
    [Fact]
    [Trait("spec", "78")]
    [Trait("spec", "359")]
    public void Signing_and_verifying_give_the_vectors_of_bip340()
    {
        foreach (var vector in Vectors.Csv("bip-0340_test-vectors.csv"))
        {
            var publicKey = Vectors.Hex(vector["public key"]);
            var message = Vectors.Hex(vector["message"]);
            var expected = Vectors.Hex(vector["signature"]);
            Assert.Equal(vector["verification result"] == "TRUE", Bip340.Verify(publicKey, message, expected));
            if (vector["secret key"].Length == 0)
                continue;
            var signature = new byte[64];
            Bip340.Sign(Vectors.Hex(vector["secret key"]), message, Vectors.Hex(vector["aux_rand"]), signature);
            Assert.Equal(Vectors.Hex(expected), Vectors.Hex(signature));
        }
    }

    [Fact]
    public void The_library_gives_the_vectors_of_bip340_with_32_byte_messages()
    {
        if (LibSecp256k1.Instance is not { } library)
            return;
        foreach (var vector in Vectors.Csv("bip-0340_test-vectors.csv").Where(v => v["message"].Length == 64))
        {
            var expected = Vectors.Hex(vector["signature"]);
            var message = Vectors.Hex(vector["message"]);
            Assert.Equal(vector["verification result"] == "TRUE", library.Verify(Vectors.Hex(vector["public key"]), message, expected));
            if (vector["secret key"].Length == 0)
                continue;
            var signature = new byte[64];
            library.Sign(Vectors.Hex(vector["secret key"]), message, Vectors.Hex(vector["aux_rand"]), signature);
            Assert.Equal(Vectors.Hex(expected), Vectors.Hex(signature));
        }
    }

    [Fact]
    public void Keys_and_signatures_of_a_wrong_length_do_not_verify()
    {
        Assert.False(Bip340.Verify(new byte[31], new byte[32], new byte[64]));
        Assert.False(Bip340.Verify(Vectors.Hex("F9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9"), new byte[32], new byte[63]));
    }
}
