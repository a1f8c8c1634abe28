using System.Security.Cryptography;
using System.Text.Json;
using Sv2.Noise.Handshake;

namespace Sv2.Noise.Tests.Handshake;

/// <summary>The derived transcript with fixed keys, byte for byte, with every implementation.</summary>
public sealed class TranscriptTests
{
    private readonly JsonElement _vector = Vectors.Handshake();

    public static TheoryData<CurveImplementation, CipherImplementation> All => Cryptographies.All;

    [Theory]
    [MemberData(nameof(All))]
    [Trait("spec", "86")]
    [Trait("spec", "87")]
    [Trait("spec", "88")]
    [Trait("spec", "90")]
    [Trait("spec", "91")]
    [Trait("spec", "92")]
    [Trait("spec", "95")]
    [Trait("spec", "353")]
    [Trait("spec", "354")]
    [Trait("spec", "358")]
    [Trait("spec", "361")]
    public void Handshake_is_the_derived_one(CurveImplementation curve, CipherImplementation cipher)
    {
        using var run = new Run(_vector, NoiseCryptography.Create(curve, cipher));
        var intermediate = _vector.GetProperty("intermediate");
        Assert.Equal(intermediate.Hex("ck0"), run.Initiator.State.ChainingKey.ToArray());
        Assert.Equal(intermediate.Hex("h0"), run.Initiator.State.Hash.ToArray());

        var act1 = new byte[NoiseInitiator.Act1Size];
        run.Initiator.WriteAct1(act1);
        Assert.Equal(_vector.Hex("act1_hex"), act1);
        Assert.Equal(intermediate.Hex("h_after_act1"), run.Initiator.State.Hash.ToArray());

        var act2 = new byte[NoiseResponder.Act2Size];
        Assert.Equal(234, act2.Length);
        using var server = run.Responder.ReadAct1AndWriteAct2(act1, act2);
        Assert.Equal(_vector.Hex("act2_hex"), act2);
        Assert.Equal(intermediate.Hex("h_final"), run.Responder.State.Hash.ToArray());
        Assert.Equal(intermediate.Hex("ck_after_es"), run.Responder.State.ChainingKey.ToArray());

        Assert.True(run.Initiator.TryReadAct2(act2, out var client, out var failure), failure?.Message);
        Assert.Equal(intermediate.Hex("h_final"), client.HandshakeHash.ToArray());
        Assert.Equal(_vector.Hex("responder_static_xonly"), client.ServerKey.ToArray());
        Assert.Equal(_vector.GetProperty("certificate").Hex("signature_noise_message_hex"), Written(client.Certificate));
        client.Dispose();
    }

    [Theory]
    [MemberData(nameof(All))]
    [Trait("spec", "83")]
    [Trait("spec", "99")]
    [Trait("spec", "101")]
    [Trait("spec", "360")]
    [Trait("spec", "362")]
    [Trait("spec", "363")]
    [Trait("spec", "364")]
    public void Transport_is_the_derived_one(CurveImplementation curve, CipherImplementation cipher)
    {
        using var run = new Run(_vector, NoiseCryptography.Create(curve, cipher));
        var (client, server) = run.Complete();
        foreach (var frame in _vector.GetProperty("transport").EnumerateArray())
        {
            var (sender, receiver) = frame.GetProperty("direction").GetString() == "initiator->responder" ? (client, server) : (server, client);
            var plain = frame.Hex("plaintext_header_hex").Concat(Payload(frame)).ToArray();
            Assert.Equal(frame.GetProperty("nonces_used")[0].GetUInt64(), sender.Encryptor.NextNonce);

            var wire = new byte[NoiseFraming.EncryptedFrameLength(plain.Length - 6)];
            Assert.Equal(wire.Length, sender.Encryptor.EncryptFrame(plain, wire));
            AssertCiphertext(frame, wire);

            Assert.True(receiver.Decryptor.TryDecryptHeader(wire.AsSpan(0, 22), wire.AsSpan(0, 6)));
            Assert.True(receiver.Decryptor.TryDecryptPayload(wire.AsSpan(22), plain.Length - 6));
            Assert.Equal(plain[..6], wire[..6]);
            Assert.Equal(plain[6..], wire[22..(22 + plain.Length - 6)]);
        }
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    [Trait("spec", "86")]
    [Trait("spec", "89")]
    public void Mixing_keys_goes_through_the_derived_chaining_keys()
    {
        var intermediate = _vector.GetProperty("intermediate");
        using var state = new SymmetricState(NoiseCryptography.Default.Ciphers);
        state.MixHash(_vector.Hex("initiator_ephemeral_ellswift"));
        state.MixHash([]);
        Assert.Equal(intermediate.Hex("h_after_act1"), state.Hash.ToArray());
        state.MixHash(_vector.Hex("responder_ephemeral_ellswift"));
        Assert.Equal(intermediate.Hex("h_after_re"), state.Hash.ToArray());
        state.MixKey(intermediate.Hex("ecdh_ee"));
        Assert.Equal(intermediate.Hex("ck_after_ee"), state.ChainingKey.ToArray());
        state.EncryptAndHash(_vector.Hex("responder_static_ellswift"), new byte[80]);
        Assert.Equal(intermediate.Hex("h_after_s"), state.Hash.ToArray());
        state.MixKey(intermediate.Hex("ecdh_es"));
        Assert.Equal(intermediate.Hex("ck_after_es"), state.ChainingKey.ToArray());

        var key = new byte[32];
        Hkdf.Derive(intermediate.Hex("ck_after_ee"), intermediate.Hex("ecdh_es"), new byte[32], key);
        Assert.Equal(intermediate.Hex("k_after_es"), key);
        var first = new byte[32];
        Hkdf.Derive(intermediate.Hex("ck_after_es"), [], first, key);
        Assert.Equal(_vector.Hex("c1_initiator_to_responder_key"), first);
        Assert.Equal(_vector.Hex("c2_responder_to_initiator_key"), key);
    }

    private static byte[] Written(NoiseCertificate certificate)
    {
        var bytes = new byte[NoiseCertificate.Size];
        certificate.Write(bytes);
        return bytes;
    }

    // The chunked vector is described rather than printed: request_id 7 and one transaction of 70 000 bytes i mod 251.
    private static byte[] Payload(JsonElement frame)
    {
        if (frame.TryGetProperty("plaintext_payload_hex", out var hex))
            return Vectors.Hex(hex.GetString()!);
        byte[] payload = [7, 0, 0, 0, 1, 0, 0x70, 0x11, 0x01, .. Enumerable.Range(0, 70_000).Select(i => (byte)(i % 251))];
        Assert.Equal(frame.Hex("plaintext_payload_sha256"), SHA256.HashData(payload));
        return payload;
    }

    private static void AssertCiphertext(JsonElement frame, byte[] wire)
    {
        if (frame.TryGetProperty("ciphertext_hex", out var hex))
        {
            Assert.Equal(hex.GetString(), Vectors.Hex(wire));
            return;
        }
        Assert.Equal(frame.GetProperty("ciphertext_len").GetInt32(), wire.Length);
        Assert.Equal(frame.Hex("ciphertext_sha256"), SHA256.HashData(wire));
    }

    /// <summary>Both sides with the vector's keys.</summary>
    private sealed class Run : IDisposable
    {
        private readonly ServerCredentials _credentials;

        public Run(JsonElement vector, NoiseCryptography cryptography)
        {
            var certificate = vector.GetProperty("certificate");
            using var authority = AuthorityKeyPair.FromSecret(vector.Hex("authority_sk"), cryptography);
            Assert.Equal(vector.GetProperty("authority_base58check").GetString(), authority.PublicKey.ToString());
            var staticKey = StaticKeyPair.FromSecret(vector.Hex("responder_static_sk"), vector.Hex("responder_static_ellswift"), cryptography);
            var signed = authority.SignCertificate(
                staticKey.PublicKey.Span,
                DateTimeOffset.FromUnixTimeSeconds(certificate.GetProperty("valid_from").GetInt64()),
                DateTimeOffset.FromUnixTimeSeconds(certificate.GetProperty("not_valid_after").GetInt64()),
                certificate.Hex("signature_aux_rand"));
            _credentials = ServerCredentials.FromCertificate(staticKey, signed, authority.PublicKey);
            Initiator = new NoiseInitiator(
                authority.PublicKey,
                new FixedClock(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)),
                cryptography,
                EphemeralKey.From(vector.Hex("initiator_ephemeral_sk"), vector.Hex("initiator_ephemeral_ellswift")));
            Responder = new NoiseResponder(
                _credentials,
                cryptography,
                EphemeralKey.From(vector.Hex("responder_ephemeral_sk"), vector.Hex("responder_ephemeral_ellswift")));
        }

        public NoiseInitiator Initiator { get; }

        public NoiseResponder Responder { get; }

        public (NoiseSession Client, NoiseSession Server) Complete()
        {
            var act1 = new byte[NoiseInitiator.Act1Size];
            var act2 = new byte[NoiseResponder.Act2Size];
            Initiator.WriteAct1(act1);
            var server = Responder.ReadAct1AndWriteAct2(act1, act2);
            Assert.True(Initiator.TryReadAct2(act2, out var client, out var failure), failure?.Message);
            return (client, server);
        }

        public void Dispose()
        {
            Initiator.Dispose();
            Responder.Dispose();
            _credentials.Dispose();
        }
    }
}
