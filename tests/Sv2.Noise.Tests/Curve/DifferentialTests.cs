using Sv2.Noise.Curve;
using Xunit.Abstractions;

namespace Sv2.Noise.Tests.Curve;

/// <summary>Managed arithmetic against the system's libsecp256k1: 100 000 random cases, edges among them.</summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int PublicKeyCases = 30_000;
    private const int SharedCases = 25_000;
    private const int LiftCases = 20_000;
    private const int VerifyCases = 15_000;
    private const int SignCases = 10_000;

    // SV2_LONG_TESTS=1 multiplies the cases.
    private static readonly int Times = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1" ? 10 : 1;

    private readonly LibSecp256k1? _library = LibSecp256k1.Instance;

    [Fact]
    public void Public_keys_agree() => Run(PublicKeyCases, seed: 11, (library, random, _) =>
    {
        var secret = RandomSecret(random);
        var expected = new byte[32];
        var actual = new byte[32];
        library.PublicX(secret, expected);
        ManagedSecp256k1.Instance.PublicX(secret, actual);
        return expected.AsSpan().SequenceEqual(actual) ? null : Vectors.Hex(secret);
    });

    [Fact]
    public void Shared_secrets_agree() => Run(SharedCases, seed: 12, (library, random, _) =>
    {
        var secret = RandomSecret(random);
        var encoded = new byte[64];
        random.NextBytes(encoded);
        var point = ElligatorSwift.Decode(encoded);
        var expected = new byte[32];
        var actual = new byte[32];
        library.SharedX(secret, point, expected);
        ManagedSecp256k1.Instance.SharedX(secret, point, actual);
        return expected.AsSpan().SequenceEqual(actual) ? null : $"{Vectors.Hex(secret)} and {Vectors.Hex(encoded)}";
    });

    [Fact]
    public void Points_are_found_for_the_same_coordinates() => Run(LiftCases, seed: 13, (library, random, i) =>
    {
        var x = new byte[32];
        random.NextBytes(x);
        if (i % 16 == 0)
            x.AsSpan(0, 28).Fill(0xff);
        var found = AffinePoint.TryFromX(x, out var point);
        if (found != library.IsPublicKey(x))
            return Vectors.Hex(x);
        if (!found)
            return null;
        var same = new byte[32];
        library.SharedX(BigNumbers.Bytes(1), point, same);
        return x.AsSpan().SequenceEqual(same) ? null : Vectors.Hex(x);
    });

    [Fact]
    public void Signatures_agree() => Run(SignCases, seed: 14, (library, random, _) =>
    {
        var secret = RandomSecret(random);
        var digest = new byte[32];
        var auxiliary = new byte[32];
        random.NextBytes(digest);
        random.NextBytes(auxiliary);
        var expected = new byte[64];
        var actual = new byte[64];
        library.Sign(secret, digest, auxiliary, expected);
        ManagedSecp256k1.Instance.Sign(secret, digest, auxiliary, actual);
        return expected.AsSpan().SequenceEqual(actual) ? null : $"{Vectors.Hex(secret)}, {Vectors.Hex(digest)}, {Vectors.Hex(auxiliary)}";
    });

    [Fact]
    public void Verdicts_on_signatures_agree() => Run(VerifyCases, seed: 15, (library, random, i) =>
    {
        var secret = RandomSecret(random);
        var key = new byte[32];
        var digest = new byte[32];
        var signature = new byte[64];
        library.PublicX(secret, key);
        random.NextBytes(digest);
        library.Sign(secret, digest, digest, signature);
        // A third is right, the others have a bit flipped in one of the three inputs.
        if (i % 3 != 0)
        {
            var target = (i % 9) switch { 1 or 2 => key, 4 or 5 => digest, _ => signature };
            target[random.Next(target.Length)] ^= (byte)(1 << random.Next(8));
        }
        var expected = library.Verify(key, digest, signature);
        if (expected != (i % 3 == 0))
            return $"the library's own verdict on {Vectors.Hex(signature)}";
        return expected == ManagedSecp256k1.Instance.Verify(key, digest, signature) ? null : $"{Vectors.Hex(key)}, {Vectors.Hex(digest)}, {Vectors.Hex(signature)}";
    });

    private void Run(int cases, int seed, Func<LibSecp256k1, Random, int, string?> differs)
    {
        if (_library is null)
        {
            output.WriteLine("NOT RUN: libsecp256k1 is not installed (Debian package libsecp256k1-1).");
            return;
        }
        var random = new Random(seed);
        for (var i = 0; i < cases * Times; i++)
        {
            if (differs(_library, random, i) is { } input)
                Assert.Fail($"Case {i}: managed and {_library.Name} differ for {input}");
        }
        output.WriteLine($"{cases * Times} cases against {_library.Name}.");
    }

    /// <summary>A private key, every other one with runs of zeros and ones.</summary>
    private static byte[] RandomSecret(Random random)
    {
        var secret = new byte[32];
        do
        {
            random.NextBytes(secret);
            if (random.Next(2) == 0)
            {
                for (var i = random.Next(32); i < 32; i += 1 + random.Next(6))
                    secret[i] = random.Next(2) == 0 ? (byte)0 : (byte)255;
            }
        }
        while (!Scalar.IsPrivateKey(secret));
        return secret;
    }
}
