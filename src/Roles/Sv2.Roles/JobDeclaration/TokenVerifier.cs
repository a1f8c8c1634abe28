using System.Diagnostics.CodeAnalysis;
using Sv2.Noise;

namespace Sv2.Roles.JobDeclaration;

/// <summary>Reads tokens and judges who signed them and until when. Whether one was used before is its owner's question. Thread-safe.</summary>
/// <param name="trusted">The keys whose tokens count.</param>
public sealed class TokenVerifier(IReadOnlyList<AuthorityPublicKey> trusted)
{
    /// <summary>Reads and judges a token.</summary>
    /// <param name="bytes">The token as on the wire; anything a peer can send.</param>
    /// <param name="now">The time.</param>
    /// <param name="token">What it says, when the result is true.</param>
    /// <param name="error">What is wrong with it, in plain words that follow "the token", when the result is false.</param>
    /// <returns>Whether it is a token of a trusted server that has not expired.</returns>
    public bool TryVerify(ReadOnlySpan<byte> bytes, DateTimeOffset now, [NotNullWhen(true)] out MiningJobToken? token, [NotNullWhen(false)] out string? error)
    {
        if (!TokenCodec.TryRead(bytes, out token, out ReadOnlySpan<byte> signed))
        {
            error = $"of {bytes.Length} bytes is none of this kind of server";
            return false;
        }
        Span<byte> digest = stackalloc byte[32];
        TokenCodec.SignedDigest(signed, digest);
        error = !IsSigned(digest, bytes[signed.Length..]) ? "is not signed by a trusted declarator server"
            : token.ExpiresAt < now ? $"expired at {token.ExpiresAt:yyyy-MM-dd HH:mm:ss}Z"
            : null;
        if (error is not null)
            token = null;
        return token is not null;
    }

    private bool IsSigned(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        foreach (AuthorityPublicKey key in trusted)
            if (key.Verify(digest, signature))
                return true;
        return false;
    }
}
