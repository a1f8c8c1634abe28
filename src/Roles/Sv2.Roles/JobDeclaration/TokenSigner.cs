using Sv2.Noise;
using Sv2.Protocol;

namespace Sv2.Roles.JobDeclaration;

/// <summary>Writes tokens and signs them with the declarator server's key. Thread-safe; the key stays its owner's.</summary>
/// <param name="key">The key that pools trust.</param>
public sealed class TokenSigner(AuthorityKeyPair key)
{
    /// <summary>What pools must trust to take these tokens.</summary>
    public AuthorityPublicKey PublicKey => key.PublicKey;

    /// <summary>The token as it goes on the wire.</summary>
    /// <param name="token">What it says.</param>
    /// <returns>At most <see cref="MiningJobToken.SizeMax"/> bytes.</returns>
    /// <exception cref="ArgumentException">Its fields do not fit its purpose.</exception>
    public ByteString Sign(MiningJobToken token)
    {
        Span<byte> buffer = stackalloc byte[MiningJobToken.SizeMax];
        int size = TokenCodec.Write(token, buffer);
        Span<byte> digest = stackalloc byte[32];
        TokenCodec.SignedDigest(buffer[..size], digest);
        key.Sign(digest, buffer[size..]);
        return ByteString.CopyOf(buffer[..(size + TokenCodec.SignatureSize)]);
    }
}
