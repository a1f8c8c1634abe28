namespace Sv2.Noise;

/// <summary>
/// What a server authenticates itself with: its static key and a certificate for it that is always fresh. Shared by all
/// connections; safe for concurrent use. Owns the keys it was given and wipes them on disposal.
/// </summary>
public sealed class ServerCredentials : IDisposable
{
    /// <summary>How long a certificate holds when nothing else is asked for.</summary>
    public static readonly TimeSpan DefaultValidity = TimeSpan.FromHours(24);

    /// <summary>How far new certificates are dated back, so that clients whose clock is somewhat slow accept them.</summary>
    public static readonly TimeSpan BackDating = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly AuthorityKeyPair? _authority;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _validity;
    private volatile Issued _issued;

    /// <summary>
    /// Credentials whose certificate is signed here, and signed anew for new connections once half of its validity has
    /// passed. No restart and no timer is needed.
    /// </summary>
    /// <param name="authority">Signs the certificates.</param>
    /// <param name="staticKey">The server's key.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="validity">How long a certificate holds from its signing on: at least a second; null for <see cref="DefaultValidity"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The validity is shorter than a second, or reaches beyond 2106.</exception>
    public ServerCredentials(AuthorityKeyPair authority, StaticKeyPair staticKey, TimeProvider timeProvider, TimeSpan? validity = null)
    {
        ArgumentNullException.ThrowIfNull(authority);
        ArgumentNullException.ThrowIfNull(staticKey);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _authority = authority;
        StaticKey = staticKey;
        _timeProvider = timeProvider;
        _validity = validity ?? DefaultValidity;
        ArgumentOutOfRangeException.ThrowIfLessThan(_validity, TimeSpan.FromSeconds(1), nameof(validity));
        AuthorityPublicKey = authority.PublicKey;
        _issued = Issue(timeProvider.GetUtcNow());
    }

    private ServerCredentials(StaticKeyPair staticKey, NoiseCertificate certificate, AuthorityPublicKey authority)
    {
        StaticKey = staticKey;
        AuthorityPublicKey = authority;
        _timeProvider = TimeProvider.System;
        _issued = new Issued(certificate, DateTimeOffset.MaxValue);
    }

    /// <summary>The key that clients of this server configure.</summary>
    public AuthorityPublicKey AuthorityPublicKey { get; }

    /// <summary>The server's static key.</summary>
    internal StaticKeyPair StaticKey { get; }

    /// <summary>The server's static public key, 32-byte x-coordinate.</summary>
    public ReadOnlyMemory<byte> ServerKey => StaticKey.PublicKey;

    /// <summary>
    /// Credentials for a server that does not hold the authority's secret: the certificate was signed elsewhere, and
    /// <see cref="Replace"/> brings its successor.
    /// </summary>
    /// <param name="staticKey">The server's key.</param>
    /// <param name="certificate">A certificate for that key.</param>
    /// <param name="authority">The authority that signed it.</param>
    /// <exception cref="ArgumentException">The certificate is not the authority's for this key.</exception>
    public static ServerCredentials FromCertificate(StaticKeyPair staticKey, NoiseCertificate certificate, AuthorityPublicKey authority)
    {
        ArgumentNullException.ThrowIfNull(staticKey);
        ArgumentNullException.ThrowIfNull(certificate);
        RequireMatching(staticKey, certificate, authority);
        return new ServerCredentials(staticKey, certificate, authority);
    }

    /// <summary>The certificate to show to a client that connects now.</summary>
    public NoiseCertificate CurrentCertificate()
    {
        var issued = _issued;
        if (_authority is null)
            return issued.Certificate;
        var now = _timeProvider.GetUtcNow();
        return now < issued.RenewAt && now >= issued.Certificate.ValidFrom ? issued.Certificate : Renew(now);
    }

    /// <summary>Puts a certificate that was signed elsewhere in the place of the current one.</summary>
    /// <exception cref="ArgumentException">The certificate is not the authority's for this key.</exception>
    /// <exception cref="InvalidOperationException">These credentials sign their certificates themselves.</exception>
    public void Replace(NoiseCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (_authority is not null)
            throw new InvalidOperationException("These credentials sign their certificates themselves.");
        RequireMatching(StaticKey, certificate, AuthorityPublicKey);
        _issued = new Issued(certificate, DateTimeOffset.MaxValue);
    }

    /// <summary>Wipes the server's secret and, where held, the authority's.</summary>
    public void Dispose()
    {
        StaticKey.Dispose();
        _authority?.Dispose();
    }

    private NoiseCertificate Renew(DateTimeOffset now)
    {
        lock (_gate)
        {
            var issued = _issued;
            // Another connection may have renewed it while this one waited.
            if (now >= issued.RenewAt || now < issued.Certificate.ValidFrom)
                _issued = issued = Issue(now);
            return issued.Certificate;
        }
    }

    private Issued Issue(DateTimeOffset now)
    {
        var certificate = _authority!.SignCertificate(StaticKey.PublicKey.Span, now - BackDating, now + _validity);
        return new Issued(certificate, now + (_validity / 2));
    }

    private static void RequireMatching(StaticKeyPair staticKey, NoiseCertificate certificate, AuthorityPublicKey authority)
    {
        // Only key and signature are judged: the dates are for each client's clock to judge.
        if (certificate.Check(staticKey.PublicKey.Span, authority, certificate.ValidFrom) is { } failure)
            throw new ArgumentException(failure.Message, nameof(certificate));
    }

    private sealed record Issued(NoiseCertificate Certificate, DateTimeOffset RenewAt);
}
