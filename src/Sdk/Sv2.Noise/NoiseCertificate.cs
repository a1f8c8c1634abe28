using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Sv2.Noise;

/// <summary>
/// What a server shows to prove that its authority vouches for its static key: version, validity and signature. The
/// key itself travels apart from it. (Protocol Security, section 4.5.3; on the wire SIGNATURE_NOISE_MESSAGE.)
/// </summary>
public sealed class NoiseCertificate : IEquatable<NoiseCertificate>
{
    /// <summary>Bytes on the wire: 74.</summary>
    public const int Size = 2 + 4 + 4 + SignatureSize;

    /// <summary>Bytes of the BIP340 signature: 64.</summary>
    public const int SignatureSize = 64;

    /// <summary>The one version in use. The specification gives no value; deployed software sends and accepts 0 only.</summary>
    public const ushort CurrentVersion = 0;

    private const int DatesSize = 2 + 4 + 4;

    private readonly uint _validFrom;
    private readonly uint _notValidAfter;
    private readonly byte[] _signature;

    private NoiseCertificate(ushort version, uint validFrom, uint notValidAfter, ReadOnlySpan<byte> signature)
    {
        Version = version;
        _validFrom = validFrom;
        _notValidAfter = notValidAfter;
        _signature = signature.ToArray();
    }

    /// <summary>The version of the certificate's format.</summary>
    public ushort Version { get; }

    /// <summary>From when the certificate holds.</summary>
    public DateTimeOffset ValidFrom => DateTimeOffset.FromUnixTimeSeconds(_validFrom);

    /// <summary>Until when the certificate holds, that second included.</summary>
    public DateTimeOffset NotValidAfter => DateTimeOffset.FromUnixTimeSeconds(_notValidAfter);

    /// <summary>The authority's BIP340 signature, 64 bytes.</summary>
    public ReadOnlyMemory<byte> Signature => _signature;

    /// <summary>Reads the 74 bytes of the wire form. Any 74 bytes have that form; <see cref="Check"/> judges them.</summary>
    /// <exception cref="ArgumentException">Not 74 bytes.</exception>
    public static NoiseCertificate Read(ReadOnlySpan<byte> source)
    {
        if (source.Length != Size)
            throw new ArgumentException($"A certificate has {Size} bytes, this one {source.Length}.", nameof(source));
        return new NoiseCertificate(
            BinaryPrimitives.ReadUInt16LittleEndian(source),
            BinaryPrimitives.ReadUInt32LittleEndian(source[2..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[6..]),
            source[DatesSize..]);
    }

    /// <summary>Writes the 74 bytes of the wire form.</summary>
    /// <param name="destination">At least 74 bytes.</param>
    public void Write(Span<byte> destination)
    {
        WriteDates(destination);
        _signature.CopyTo(destination[DatesSize..]);
    }

    /// <summary>Judges the certificate as a client does.</summary>
    /// <param name="serverKey">The server's static public key from the handshake, 32-byte x-coordinate.</param>
    /// <param name="authority">The authority the client expects.</param>
    /// <param name="now">The local time.</param>
    /// <param name="cryptography">The implementations to use; null for <see cref="NoiseCryptography.Default"/>.</param>
    /// <returns>Null when everything holds, otherwise what does not.</returns>
    public NoiseFailure? Check(ReadOnlySpan<byte> serverKey, AuthorityPublicKey authority, DateTimeOffset now, NoiseCryptography? cryptography = null)
    {
        ArgumentNullException.ThrowIfNull(authority);
        if (Version != CurrentVersion)
            return new NoiseFailure(NoiseFailureKind.UnknownCertificateVersion, $"The server's certificate has version {Version}; only version {CurrentVersion} is known.");
        // The signature comes before the dates: unsigned dates say nothing, and would send the reader off to look at clocks.
        if (!IsSignedBy(serverKey, authority, cryptography ?? NoiseCryptography.Default))
            return new NoiseFailure(NoiseFailureKind.WrongAuthority, $"The server's certificate is not signed by the authority {authority}: either the key in the connection string is wrong or this is not the server it names.");
        if (now < ValidFrom - NoiseInitiator.ClockLeeway)
            return new NoiseFailure(NoiseFailureKind.CertificateNotYetValid, $"The server's certificate is valid from {Format(ValidFrom)}, but this machine's clock says {Format(now)}: {Span(ValidFrom - now)} too early. Most likely this clock is slow (or the server's is fast); set it by NTP.");
        if (now > NotValidAfter + NoiseInitiator.ClockLeeway)
            return new NoiseFailure(NoiseFailureKind.CertificateExpired, $"The server's certificate was valid until {Format(NotValidAfter)}, but this machine's clock says {Format(now)}: {Span(now - NotValidAfter)} too late. Either the server has not renewed it, or this clock is fast; compare it with NTP.");
        return null;
    }

    /// <inheritdoc/>
    public bool Equals(NoiseCertificate? other) => other is not null && Version == other.Version
        && _validFrom == other._validFrom && _notValidAfter == other._notValidAfter && _signature.AsSpan().SequenceEqual(other._signature);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NoiseCertificate);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Version, _validFrom, _notValidAfter);

    /// <summary>Version and validity, for people.</summary>
    public override string ToString() => $"certificate version {Version}, valid {Format(ValidFrom)} to {Format(NotValidAfter)}";

    /// <summary>A certificate that still lacks its signature.</summary>
    /// <exception cref="ArgumentException">A time is outside 1970 to 2106, or they are in the wrong order.</exception>
    internal static NoiseCertificate Unsigned(DateTimeOffset validFrom, DateTimeOffset notValidAfter)
    {
        if (notValidAfter < validFrom)
            throw new ArgumentException($"The certificate would end ({Format(notValidAfter)}) before it starts ({Format(validFrom)}).", nameof(notValidAfter));
        return new NoiseCertificate(CurrentVersion, Seconds(validFrom, nameof(validFrom)), Seconds(notValidAfter, nameof(notValidAfter)), new byte[SignatureSize]);
    }

    internal NoiseCertificate WithSignature(ReadOnlySpan<byte> signature) => new(Version, _validFrom, _notValidAfter, signature);

    /// <summary>The digest that is signed: SHA-256 of version, dates and the server key's x-coordinate (not its 64-byte encoding).</summary>
    internal void SignedDigest(ReadOnlySpan<byte> serverKey, Span<byte> digest)
    {
        if (serverKey.Length != 32)
            throw new ArgumentException($"A server key has 32 bytes, this one {serverKey.Length}.", nameof(serverKey));
        Span<byte> signed = stackalloc byte[DatesSize + 32];
        WriteDates(signed);
        serverKey.CopyTo(signed[DatesSize..]);
        SHA256.HashData(signed, digest);
    }

    private bool IsSignedBy(ReadOnlySpan<byte> serverKey, AuthorityPublicKey authority, NoiseCryptography cryptography)
    {
        Span<byte> digest = stackalloc byte[32];
        SignedDigest(serverKey, digest);
        return cryptography.Secp256k1.Verify(authority.Bytes, digest, _signature);
    }

    private void WriteDates(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, Version);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[2..], _validFrom);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[6..], _notValidAfter);
    }

    private static uint Seconds(DateTimeOffset time, string parameter)
    {
        var seconds = time.ToUnixTimeSeconds();
        return seconds is >= 0 and <= uint.MaxValue
            ? (uint)seconds
            : throw new ArgumentOutOfRangeException(parameter, time, "A certificate's times lie between 1970 and 2106.");
    }

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Span(TimeSpan span) => span.TotalDays >= 2 ? $"{span.TotalDays:0} days"
        : span.TotalHours >= 2 ? $"{span.TotalHours:0} hours"
        : span.TotalMinutes >= 2 ? $"{span.TotalMinutes:0} minutes"
        : $"{span.TotalSeconds:0} seconds";
}
