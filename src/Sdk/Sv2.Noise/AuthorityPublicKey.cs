using System.Diagnostics.CodeAnalysis;
using Sv2.Noise.Curve;
using Sv2.Noise.Text;

namespace Sv2.Noise;

/// <summary>
/// The public key of the authority that signs servers' certificates: a point of secp256k1 by its 32-byte x-coordinate,
/// with the even y implied. As text it is base58check of the version <c>01 00</c> and the key.
/// (Protocol Security, section 4.7.)
/// </summary>
public sealed class AuthorityPublicKey : IEquatable<AuthorityPublicKey>, IParsable<AuthorityPublicKey>
{
    /// <summary>Bytes of a key: 32.</summary>
    public const int Size = 32;

    // The U16 version 1 in wire order.
    private static ReadOnlySpan<byte> Version => [1, 0];

    private readonly byte[] _x;

    private AuthorityPublicKey(ReadOnlySpan<byte> x) => _x = x.ToArray();

    /// <summary>The x-coordinate, 32 bytes, big-endian.</summary>
    public ReadOnlySpan<byte> Bytes => _x;

    /// <summary>Takes the 32 bytes of an x-coordinate.</summary>
    /// <exception cref="FormatException">Not 32 bytes, or no point of the curve has this x-coordinate.</exception>
    public static AuthorityPublicKey FromBytes(ReadOnlySpan<byte> x) =>
        TryFromBytes(x, out var key, out var error) ? key : throw new FormatException(error);

    /// <summary>Reads the base58check form.</summary>
    /// <exception cref="FormatException">The text is no authority public key; the message says what is wrong with it.</exception>
    public static AuthorityPublicKey Parse(string text) =>
        TryParse(text, out var key, out var error) ? key : throw new FormatException(error);

    /// <summary>Reads the base58check form and says what is wrong with it.</summary>
    /// <param name="text">The key as published, 51 or 52 characters.</param>
    /// <param name="key">The key when the result is true.</param>
    /// <param name="error">One sentence when the result is false.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out AuthorityPublicKey? key, [NotNullWhen(false)] out string? error)
    {
        key = null;
        Span<byte> decoded = stackalloc byte[Version.Length + Size];
        if (!Base58Check.TryDecode(text, decoded, out var length, out var reason))
        {
            error = $"The authority public key {reason}.";
            return false;
        }
        if (length != decoded.Length)
        {
            error = $"The authority public key decodes to {length} bytes; {decoded.Length} are expected (version 01 00 and a 32-byte key).";
            return false;
        }
        if (!decoded.StartsWith(Version))
        {
            error = $"The authority public key has version {decoded[0]:x2} {decoded[1]:x2}; 01 00 is expected.";
            return false;
        }
        return TryFromBytes(decoded[Version.Length..], out key, out error);
    }

    /// <summary>Takes the 32 bytes of an x-coordinate and says what is wrong with them.</summary>
    /// <param name="x">The x-coordinate, big-endian.</param>
    /// <param name="key">The key when the result is true.</param>
    /// <param name="error">One sentence when the result is false.</param>
    public static bool TryFromBytes(ReadOnlySpan<byte> x, [NotNullWhen(true)] out AuthorityPublicKey? key, [NotNullWhen(false)] out string? error)
    {
        key = null;
        error = x.Length != Size ? $"An authority public key has {Size} bytes, this one {x.Length}."
            : !AffinePoint.TryFromX(x, out _) ? "The authority public key is not the x-coordinate of a point of secp256k1."
            : null;
        if (error is not null)
            return false;
        key = new AuthorityPublicKey(x);
        return true;
    }

    /// <summary>Whether a BIP 340 signature of this authority over a digest is right.</summary>
    /// <param name="digest">The 32-byte digest that was signed (<see cref="AuthorityKeyPair.Sign"/>).</param>
    /// <param name="signature">The signature; of any other length than 64 bytes it is wrong.</param>
    /// <param name="cryptography">The implementations to use; null for <see cref="NoiseCryptography.Default"/>.</param>
    public bool Verify(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, NoiseCryptography? cryptography = null) =>
        digest.Length == 32 && signature.Length == NoiseCertificate.SignatureSize
        && (cryptography ?? NoiseCryptography.Default).Secp256k1.Verify(_x, digest, signature);

    /// <inheritdoc/>
    public bool Equals(AuthorityPublicKey? other) => other is not null && _x.AsSpan().SequenceEqual(other._x);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AuthorityPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_x);

    /// <summary>The base58check form.</summary>
    public override string ToString()
    {
        Span<byte> versioned = stackalloc byte[Version.Length + Size];
        Version.CopyTo(versioned);
        _x.CopyTo(versioned[Version.Length..]);
        return Base58Check.Encode(versioned);
    }

    static AuthorityPublicKey IParsable<AuthorityPublicKey>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<AuthorityPublicKey>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out AuthorityPublicKey result) =>
        TryParse(s, out result, out _);
}
