using System.Security.Cryptography;
using Sv2.Noise.Curve;

namespace Sv2.Noise;

/// <summary>
/// 32 secret bytes that form a valid private key, in memory that the collector does not copy around and that is wiped
/// on disposal. It has no text form on purpose.
/// </summary>
internal sealed class SecretKey : IDisposable
{
    public const int Size = 32;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
    private bool _disposed;

    private SecretKey()
    {
    }

    /// <summary>The secret, big-endian, until disposal.</summary>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>Draws random bytes until they are a private key: not 0 and below the group's order.</summary>
    public static SecretKey Generate(NoiseCryptography cryptography)
    {
        var key = new SecretKey();
        // The number of draws tells only about the candidates thrown away.
        do
            cryptography.FillRandom(key._bytes);
        while (!Scalar.IsPrivateKey(key._bytes));
        return key;
    }

    /// <exception cref="CryptographicException">Not 32 bytes, or not a private key.</exception>
    public static SecretKey From(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != Size)
            throw new CryptographicException($"A secp256k1 secret key has {Size} bytes, this one {secret.Length}.");
        if (!Scalar.IsPrivateKey(secret))
            throw new CryptographicException("The secret key is 0 or not below the order of secp256k1.");
        var key = new SecretKey();
        secret.CopyTo(key._bytes);
        return key;
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }
}
