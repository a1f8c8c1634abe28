using Sv2.Noise.Handshake;

namespace Sv2.Noise;

/// <summary>
/// The outcome of a completed handshake: one cipher for each direction, and what is known of the peer.
/// </summary>
/// <remarks>
/// <see cref="Encryptor"/> and <see cref="Decryptor"/> share nothing, so one thread may send while another receives;
/// each of them belongs to one thread at a time. Dispose when the connection closes: that wipes the keys.
/// </remarks>
public sealed class NoiseSession : IDisposable
{
    internal NoiseSession(CipherState send, CipherState receive, ReadOnlySpan<byte> handshakeHash, NoiseCertificate certificate, byte[] serverKey)
    {
        Encryptor = new FrameEncryptor(send);
        Decryptor = new FrameDecryptor(receive);
        HandshakeHash = handshakeHash.ToArray();
        Certificate = certificate;
        ServerKey = serverKey;
    }

    /// <summary>Encrypts what we send.</summary>
    public FrameEncryptor Encryptor { get; }

    /// <summary>Decrypts what we receive.</summary>
    public FrameDecryptor Decryptor { get; }

    /// <summary>The certificate the server showed (on the server: the one it sent).</summary>
    public NoiseCertificate Certificate { get; }

    /// <summary>The server's static public key, 32-byte x-coordinate.</summary>
    public ReadOnlyMemory<byte> ServerKey { get; }

    /// <summary>The final handshake hash <c>h</c>, 32 bytes: the same on both sides, different in every session.</summary>
    public ReadOnlyMemory<byte> HandshakeHash { get; }

    /// <summary>Wipes the keys of both directions. Neither cipher may be in use by another thread.</summary>
    public void Dispose()
    {
        Encryptor.Dispose();
        Decryptor.Dispose();
    }
}
