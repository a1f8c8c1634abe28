using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Sv2.Noise.Ciphers;
using Sv2.Noise.Curve;
using Sv2.Noise.Handshake;

namespace Sv2.Noise.Tests.Handshake;

public sealed class HandshakeTests
{
    public static TheoryData<CurveImplementation, CipherImplementation> All => Cryptographies.All;

    [Theory]
    [MemberData(nameof(All))]
    [Trait("spec", "78")]
    public void Both_sides_agree_and_can_talk(CurveImplementation curve, CipherImplementation cipher)
    {
        var (client, server) = Pairs.Handshake(NoiseCryptography.Create(curve, cipher));
        Assert.Equal(client.HandshakeHash.ToArray(), server.HandshakeHash.ToArray());
        Assert.Equal(client.ServerKey.ToArray(), server.ServerKey.ToArray());
        Assert.Equal(client.Certificate, server.Certificate);
        AssertTalks(client, server);
        AssertTalks(server, client);
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    [Trait("spec", "81")]
    public void Keys_with_odd_and_even_y_work_alike()
    {
        var seen = new HashSet<(bool, bool)>();
        for (var i = 1; i < 12; i++)
        {
            using var authority = AuthorityKeyPair.FromSecret(Secret(i));
            using var credentials = new ServerCredentials(authority, StaticKeyPair.FromSecret(Secret(i * 31)), new FixedClock(Pairs.Now));
            var (client, server) = Pairs.Handshake(credentials, authority.PublicKey, new FixedClock(Pairs.Now));
            AssertTalks(client, server);
            seen.Add((HasOddY(i), HasOddY(i * 31)));
        }
        Assert.Equal(4, seen.Count);
    }

    [Fact]
    [Trait("spec", "355")]
    public void Every_connection_sends_the_static_key_in_the_encoding_it_agrees_with()
    {
        using var authority = AuthorityKeyPair.Generate();
        using var staticKey = StaticKeyPair.Generate();
        using var credentials = new ServerCredentials(authority, staticKey, new FixedClock(Pairs.Now));
        for (var i = 0; i < 3; i++)
        {
            var (client, server) = Pairs.Handshake(credentials, authority.PublicKey, new FixedClock(Pairs.Now));
            Assert.Equal(staticKey.PublicKey.ToArray(), client.ServerKey.ToArray());
            AssertTalks(client, server);
        }
    }

    [Fact]
    public void Two_handshakes_share_nothing()
    {
        using var authority = AuthorityKeyPair.Generate();
        using var credentials = new ServerCredentials(authority, StaticKeyPair.Generate(), new FixedClock(Pairs.Now));
        var (first, _) = Pairs.Handshake(credentials, authority.PublicKey, new FixedClock(Pairs.Now));
        var (_, second) = Pairs.Handshake(credentials, authority.PublicKey, new FixedClock(Pairs.Now));
        Assert.NotEqual(first.HandshakeHash.ToArray(), second.HandshakeHash.ToArray());
        var wire = new byte[NoiseFraming.EncryptedFrameLength(5)];
        first.Encryptor.EncryptFrame(Pairs.Frame(5), wire);
        Assert.False(second.Decryptor.TryDecryptHeader(wire.AsSpan(0, 22), new byte[6]));
    }

    [Fact]
    [Trait("spec", "79")]
    public void Random_bytes_that_are_no_private_key_are_drawn_again()
    {
        var draws = new Queue<byte[]>([new byte[32], BigNumberBytes("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"), Secret(9)]);
        var cryptography = new NoiseCryptography(ManagedSecp256k1.Instance, FrameworkCipherFactory.Instance, destination =>
        {
            if (destination.Length == 32 && draws.TryDequeue(out var draw))
                draw.CopyTo(destination);
            else
                RandomNumberGenerator.Fill(destination);
        });
        using var key = AuthorityKeyPair.Generate(cryptography);
        var secret = new byte[32];
        key.ExportSecret(secret);
        Assert.Equal(Secret(9), secret);
        Assert.Empty(draws);
    }

    [Fact]
    [Trait("spec", "93")]
    public void Any_flipped_bit_of_act_1_fails_at_the_initiator()
    {
        using var run = new FixedRun();
        for (var bit = 0; bit < NoiseInitiator.Act1Size * 8; bit++)
        {
            var damaged = Flip(run.Act1, bit);
            using var responder = new NoiseResponder(run.Credentials);
            var act2 = new byte[NoiseInitiator.Act2Size];
            using var server = responder.ReadAct1AndWriteAct2(damaged, act2);
            AssertRefused(run, act2, $"bit {bit} of act 1");
        }
    }

    [Fact]
    [Trait("spec", "93")]
    public void Any_flipped_bit_of_act_2_fails_at_the_initiator()
    {
        using var run = new FixedRun();
        for (var bit = 0; bit < NoiseInitiator.Act2Size * 8; bit++)
            AssertRefused(run, Flip(run.Act2, bit), $"bit {bit} of act 2");
    }

    [Fact]
    [Trait("spec", "80")]
    public void The_responder_answers_any_64_bytes()
    {
        using var run = new FixedRun();
        Prop.ForAll(ArbMap.Default.ArbFor<byte>().Generator.ArrayOf(NoiseInitiator.Act1Size).ToArbitrary(), act1 =>
        {
            using var responder = new NoiseResponder(run.Credentials);
            using var session = responder.ReadAct1AndWriteAct2(act1, new byte[NoiseInitiator.Act2Size]);
            // Whoever does not know the key cannot send a frame.
            return !session.Decryptor.TryDecryptHeader(new byte[22], new byte[6]);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    [Trait("spec", "93")]
    public void The_initiator_refuses_any_234_bytes_without_throwing()
    {
        using var run = new FixedRun();
        Prop.ForAll(ArbMap.Default.ArbFor<byte>().Generator.ArrayOf(NoiseInitiator.Act2Size).ToArbitrary(), act2 =>
        {
            AssertRefused(run, act2, "random bytes");
            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Misuse_is_an_exception()
    {
        using var authority = AuthorityKeyPair.Generate();
        using var credentials = new ServerCredentials(authority, StaticKeyPair.Generate(), TimeProvider.System);
        using var initiator = new NoiseInitiator(authority.PublicKey, TimeProvider.System);
        using var responder = new NoiseResponder(credentials);
        var act1 = new byte[NoiseInitiator.Act1Size];
        var act2 = new byte[NoiseInitiator.Act2Size];

        Assert.Throws<InvalidOperationException>(() => initiator.TryReadAct2(act2, out _, out _));
        Assert.Throws<ArgumentException>(() => initiator.WriteAct1(new byte[63]));
        initiator.WriteAct1(act1);
        Assert.Throws<InvalidOperationException>(() => initiator.WriteAct1(act1));
        Assert.Throws<ArgumentException>(() => initiator.TryReadAct2(new byte[170], out _, out _));
        Assert.Throws<ArgumentException>(() => responder.ReadAct1AndWriteAct2(new byte[65], act2));
        Assert.Throws<ArgumentException>(() => responder.ReadAct1AndWriteAct2(act1, new byte[170]));
        responder.ReadAct1AndWriteAct2(act1, act2);
        Assert.Throws<InvalidOperationException>(() => responder.ReadAct1AndWriteAct2(act1, act2));
    }

    private static void AssertRefused(FixedRun run, byte[] act2, string what)
    {
        using var initiator = run.Restart();
        Assert.False(initiator.TryReadAct2(act2, out var session, out var failure), what);
        Assert.Null(session);
        Assert.Equal(NoiseFailureKind.AuthenticationFailed, failure!.Kind);
    }

    private static void AssertTalks(NoiseSession from, NoiseSession to)
    {
        var frame = Pairs.Frame(50);
        var wire = new byte[NoiseFraming.EncryptedFrameLength(50)];
        from.Encryptor.EncryptFrame(frame, wire);
        Assert.True(to.Decryptor.TryDecryptHeader(wire.AsSpan(0, 22), wire.AsSpan(0, 6)));
        Assert.True(to.Decryptor.TryDecryptPayload(wire.AsSpan(22), 50));
        Assert.Equal(frame[6..], wire[22..72]);
    }

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var damaged = bytes.ToArray();
        damaged[bit / 8] ^= (byte)(1 << (bit % 8));
        return damaged;
    }

    private static byte[] Secret(int value)
    {
        var secret = new byte[32];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(secret.AsSpan(28), value);
        return secret;
    }

    private static byte[] BigNumberBytes(string hex) => Vectors.Hex(hex);

    private static bool HasOddY(int secret)
    {
        GeneratorTable.Multiply(out var point, Scalar.FromBytes(Secret(secret), out _));
        point.ToAffine(out var affine);
        return affine.Y.IsOddNormalized != 0;
    }

    /// <summary>A handshake that can be repeated from act 2 on, with the same keys.</summary>
    private sealed class FixedRun : IDisposable
    {
        private readonly AuthorityKeyPair _authority = AuthorityKeyPair.Generate();
        private readonly byte[] _secret = Secret(12345);
        private readonly byte[] _ellSwift = new byte[64];

        public FixedRun()
        {
            Credentials = new ServerCredentials(_authority, StaticKeyPair.Generate(), new FixedClock(Pairs.Now));
            var x = new byte[32];
            ManagedSecp256k1.Instance.PublicX(_secret, x);
            ElligatorSwift.Encode(x, RandomNumberGenerator.Fill, _ellSwift);
            using var initiator = Restart();
            _ellSwift.CopyTo(Act1, 0);
            using var responder = new NoiseResponder(Credentials);
            responder.ReadAct1AndWriteAct2(Act1, Act2).Dispose();
            Assert.True(initiator.TryReadAct2(Act2, out var session, out _));
            session.Dispose();
        }

        public ServerCredentials Credentials { get; }

        public byte[] Act1 { get; } = new byte[NoiseInitiator.Act1Size];

        public byte[] Act2 { get; } = new byte[NoiseInitiator.Act2Size];

        public NoiseInitiator Restart()
        {
            var initiator = new NoiseInitiator(_authority.PublicKey, new FixedClock(Pairs.Now), NoiseCryptography.Default, EphemeralKey.From(_secret, _ellSwift));
            initiator.WriteAct1(stackalloc byte[NoiseInitiator.Act1Size]);
            return initiator;
        }

        public void Dispose() => Credentials.Dispose();
    }
}
