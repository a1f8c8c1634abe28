using System.Security.Cryptography;
using System.Text.Json;
using Sv2.Noise;

namespace Sv2.Native.Tests;

/// <summary>Keys, connection strings, certificates and handshakes through the ABI: the SDK's vectors, and the SDK as the peer.</summary>
public sealed class NoiseVectorTests
{
    private static readonly JsonElement Derived = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "vectors.json"))).RootElement;
    private static readonly JsonElement Handshake = Derived.GetProperty("derived_vectors").GetProperty("noise_handshake");
    private static readonly JsonElement Certificate = Handshake.GetProperty("certificate");

    private static readonly string Authority = Text(Handshake, "authority_xonly");

    // A second at which the vector's certificate holds.
    private const string Time = "1700000001";

    [NativeFact]
    public async Task Authority_keys_read_and_write()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        JsonElement spec = Derived.GetProperty("spec_test_vectors").GetProperty("authority_key");

        foreach ((string text, string key) in new[] { (Text(spec, "prefixed_base58check"), Text(spec, "raw_hex")), (Text(Handshake, "authority_base58check"), Authority) })
            Assert.Equal($"{key} {text}", await shell.OkAsync($"key-parse {text}"));
        Assert.Equal(Authority, await shell.OkAsync($"public authority {Text(Handshake, "authority_sk")}"));
        Assert.Equal(Text(Handshake, "responder_static_xonly"), await shell.OkAsync($"public static {Text(Handshake, "responder_static_sk")}"));
    }

    [NativeTheory]
    [InlineData("stratum2+tcp://thepool.com:34254/9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh", "thepool.com 34254 1")]
    [InlineData("stratum2+tcp://[::1]:8442", "::1 8442 0")]
    public async Task Connection_strings_are_taken_apart(string text, string expected)
    {
        using AbiShell shell = await AbiShell.StartAsync();

        Assert.Equal($"{expected} {text}", await shell.OkAsync($"address {text}"));
    }

    [NativeTheory]
    [InlineData("stratum+tcp://pool.example:3333", "Stratum V1")]
    [InlineData("stratum2+tcp://pool.example", "no port")]
    [InlineData("stratum2+tcp://pool.example:34254/9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXi", "checksum")]
    public async Task What_is_wrong_with_a_connection_string_is_said(string text, string expected)
    {
        using AbiShell shell = await AbiShell.StartAsync();
        string answer = await shell.AskAsync($"address {text}");

        Assert.StartsWith("error -8 ", answer, StringComparison.Ordinal);
        Assert.Contains(expected, answer, StringComparison.Ordinal);
    }

    [NativeFact]
    public async Task Certificates_are_judged_as_by_the_sdk()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        string certificate = Text(Certificate, "signature_noise_message_hex");
        string server = Text(Handshake, "responder_static_xonly");

        Assert.Equal("ok", await shell.AskAsync($"certificate {certificate} {server} {Authority} {Time}"));
        Assert.StartsWith("error -10", await shell.AskAsync($"certificate {certificate} {server} {Authority} 1600000000"), StringComparison.Ordinal);
        Assert.StartsWith("error -10", await shell.AskAsync($"certificate {certificate} {Authority} {Authority} {Time}"), StringComparison.Ordinal);
        string signed = await shell.OkAsync($"sign {Text(Handshake, "authority_sk")} {server} 1700000000 1800000000");
        Assert.Equal("ok", await shell.AskAsync($"certificate {signed} {server} {Authority} {Time}"));
        Assert.Null(NoiseCertificate.Read(Convert.FromHexString(signed)).Check(Convert.FromHexString(server), AuthorityPublicKey.FromBytes(Convert.FromHexString(Authority)), DateTimeOffset.FromUnixTimeSeconds(1700000001)));
    }

    [NativeFact]
    public async Task Handshake_gives_the_bytes_of_the_vector()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        string final = Text(Handshake.GetProperty("intermediate"), "h_final");

        Assert.Equal(Text(Handshake, "act1_hex"), await shell.OkAsync(
            $"initiator {Authority} {Time} {Text(Handshake, "initiator_ephemeral_sk")} {Text(Handshake, "initiator_ephemeral_ellswift")}"));
        await shell.OkAsync($"responder-vector {Text(Handshake, "responder_static_sk")} {Text(Handshake, "responder_static_ellswift")} {Text(Certificate, "signature_noise_message_hex")} {Authority} {Text(Handshake, "responder_ephemeral_sk")} {Text(Handshake, "responder_ephemeral_ellswift")}");
        Assert.Equal(Text(Handshake, "act2_hex"), await shell.OkAsync($"handshake {Text(Handshake, "act1_hex")}"));
        Assert.Equal(final, await shell.OkAsync($"read-act2 {Text(Handshake, "act2_hex")}"));

        foreach (JsonElement transport in Handshake.GetProperty("transport").EnumerateArray())
        {
            bool isToResponder = Text(transport, "direction").StartsWith("initiator", StringComparison.Ordinal);
            string plain = Text(transport, "plaintext_header_hex") + Payload(transport);
            string wire = await shell.OkAsync($"encrypt {(isToResponder ? 0 : 1)} {plain}");
            if (transport.TryGetProperty("ciphertext_hex", out JsonElement printed))
                Assert.Equal(printed.GetString(), wire);
            else
                Assert.Equal(Text(transport, "ciphertext_sha256"), Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(wire))));
            Assert.Equal(plain, await shell.OkAsync($"decrypt {(isToResponder ? 1 : 0)} {wire}"));
        }
    }

    [NativeFact]
    public async Task Client_shakes_hands_with_the_sdk_as_server()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        using ServerCredentials credentials = new(AuthorityKeyPair.Generate(), StaticKeyPair.Generate(), TimeProvider.System);
        using NoiseResponder responder = new(credentials);
        string act1 = await shell.OkAsync($"initiator {Convert.ToHexStringLower(credentials.AuthorityPublicKey.Bytes)} 0");
        byte[] act2 = new byte[NoiseResponder.Act2Size];
        using NoiseSession session = responder.ReadAct1AndWriteAct2(Convert.FromHexString(act1), act2);

        Assert.Equal(Convert.ToHexStringLower(session.HandshakeHash.Span), await shell.OkAsync($"read-act2 {Convert.ToHexStringLower(act2)}"));
        await ExchangeAsync(shell, session, side: 0);
    }

    [NativeFact]
    public async Task Server_shakes_hands_with_the_sdk_as_client()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        using AuthorityKeyPair authority = AuthorityKeyPair.Generate();
        byte[] secret = new byte[AuthorityKeyPair.SecretSize];
        authority.ExportSecret(secret);
        await shell.OkAsync($"responder {Convert.ToHexStringLower(secret)}");
        using NoiseInitiator initiator = new(authority.PublicKey, TimeProvider.System);
        byte[] act1 = new byte[NoiseInitiator.Act1Size];
        initiator.WriteAct1(act1);
        string act2 = await shell.OkAsync($"handshake {Convert.ToHexStringLower(act1)}");

        Assert.True(initiator.TryReadAct2(Convert.FromHexString(act2), out NoiseSession? session, out NoiseFailure? failure), failure?.Message);
        using (session)
            await ExchangeAsync(shell, session, side: 1);
    }

    [NativeFact]
    public async Task Server_of_another_authority_is_refused()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        using ServerCredentials credentials = new(AuthorityKeyPair.Generate(), StaticKeyPair.Generate(), TimeProvider.System);
        using NoiseResponder responder = new(credentials);
        string act1 = await shell.OkAsync($"initiator {Authority} 0");
        byte[] act2 = new byte[NoiseResponder.Act2Size];
        using NoiseSession session = responder.ReadAct1AndWriteAct2(Convert.FromHexString(act1), act2);

        string answer = await shell.AskAsync($"read-act2 {Convert.ToHexStringLower(act2)}");
        Assert.StartsWith("error -10", answer, StringComparison.Ordinal);
        Assert.Contains("not signed by the authority", answer, StringComparison.Ordinal);
    }

    /// <summary>Frames of one block, of several, and empty ones, both ways.</summary>
    private static async Task ExchangeAsync(AbiShell shell, NoiseSession session, int side)
    {
        foreach (int length in new[] { 0, 1, 200, NoiseFraming.BlockPlaintextBytesMax, 150_000 })
        {
            byte[] frame = [0, 0, 0x70, (byte)length, (byte)(length >> 8), (byte)(length >> 16), .. new byte[length]];
            new Random(length).NextBytes(frame.AsSpan(6));
            byte[] sealedFrame = new byte[NoiseFraming.EncryptedFrameLength(length)];
            session.Encryptor.EncryptFrame(frame, sealedFrame);
            Assert.Equal(Convert.ToHexStringLower(frame), await shell.OkAsync($"decrypt {side} {Convert.ToHexStringLower(sealedFrame)}"));

            byte[] theirs = Convert.FromHexString(await shell.OkAsync($"encrypt {side} {Convert.ToHexStringLower(frame)}"));
            Assert.True(session.Decryptor.TryDecryptHeader(theirs.AsSpan(0, NoiseFraming.EncryptedHeaderSize), new byte[6]));
            Assert.True(session.Decryptor.TryDecryptPayload(theirs.AsSpan(NoiseFraming.EncryptedHeaderSize), length));
            Assert.Equal(frame[6..], theirs[NoiseFraming.EncryptedHeaderSize..(NoiseFraming.EncryptedHeaderSize + length)]);
        }
    }

    // The vector in several blocks is described rather than printed: request_id 7 and one transaction of 70 000 bytes i mod 251.
    private static string Payload(JsonElement transport) =>
        transport.TryGetProperty("plaintext_payload_hex", out JsonElement printed)
            ? printed.GetString()!
            : "070000000100701101" + Convert.ToHexStringLower([.. Enumerable.Range(0, 70_000).Select(i => (byte)(i % 251))]);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
