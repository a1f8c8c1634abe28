using Sv2.Noise.Ciphers;
using Sv2.Noise.Handshake;

namespace Sv2.Noise.Tests.Handshake;

/// <summary>Both ends of a session, with or without a handshake before.</summary>
internal static class Pairs
{
    public static readonly DateTimeOffset Now = new(2026, 8, 20, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A handshake as two programs would do it, with fresh keys.</summary>
    public static (NoiseSession Client, NoiseSession Server) Handshake(NoiseCryptography cryptography)
    {
        using var authority = AuthorityKeyPair.Generate(cryptography);
        using var credentials = new ServerCredentials(authority, StaticKeyPair.Generate(cryptography), new FixedClock(Now));
        return Handshake(credentials, authority.PublicKey, new FixedClock(Now), cryptography);
    }

    public static (NoiseSession Client, NoiseSession Server) Handshake(ServerCredentials credentials, AuthorityPublicKey? authority, TimeProvider clientClock, NoiseCryptography? cryptography = null)
    {
        var (client, server, failure) = TryHandshake(credentials, authority, clientClock, cryptography);
        Assert.True(client is not null, failure?.Message);
        return (client!, server);
    }

    public static (NoiseSession? Client, NoiseSession Server, NoiseFailure? Failure) TryHandshake(ServerCredentials credentials, AuthorityPublicKey? authority, TimeProvider clientClock, NoiseCryptography? cryptography = null)
    {
        using var initiator = new NoiseInitiator(authority, clientClock, cryptography);
        using var responder = new NoiseResponder(credentials, cryptography);
        Span<byte> act1 = stackalloc byte[NoiseInitiator.Act1Size];
        Span<byte> act2 = stackalloc byte[NoiseInitiator.Act2Size];
        initiator.WriteAct1(act1);
        var server = responder.ReadAct1AndWriteAct2(act1, act2);
        initiator.TryReadAct2(act2, out var client, out var failure);
        return (client, server, failure);
    }

    /// <summary>One direction under a known key, from a given nonce on.</summary>
    public static (FrameEncryptor Encryptor, FrameDecryptor Decryptor) Direction(NoiseCryptography? cryptography = null, ulong nonce = 0)
    {
        var ciphers = (cryptography ?? NoiseCryptography.Default).Ciphers;
        return (new FrameEncryptor(State(ciphers, nonce)), new FrameDecryptor(State(ciphers, nonce)));
    }

    public static CipherState State(ICipherFactory ciphers, ulong nonce = 0) =>
        new(ciphers.Create(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray()), nonce);

    /// <summary>A frame whose header fits its payload of recognisable bytes.</summary>
    public static byte[] Frame(int payloadLength) =>
    [
        0, 0, 0x71, (byte)payloadLength, (byte)(payloadLength >> 8), (byte)(payloadLength >> 16),
        .. Enumerable.Range(0, payloadLength).Select(i => (byte)((i * 7) + (i >> 8))),
    ];
}
