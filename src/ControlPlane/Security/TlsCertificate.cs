using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sv2.Roles;

namespace Sv2.ControlPlane.Security;

/// <summary>
/// The certificate of HTTPS, from PEM files. Read again when the files have changed, so that a renewal needs no restart; as
/// long as the new ones cannot be used, the old certificate goes on.
/// </summary>
public sealed class TlsCertificate
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private X509Certificate2 _present;
    private DateTime _written;
    private long _looked;

    private TlsCertificate(string certificateFile, string keyFile, TimeProvider time)
    {
        (_certificateFile, _keyFile, _time) = (certificateFile, keyFile, time);
        (_present, _written) = (Read(), WrittenAt());
        _looked = time.GetTimestamp();
    }

    /// <summary>Why the newest files could not be used; null while they could.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads a certificate.</summary>
    /// <param name="certificateFile">PEM: the certificate, then those between it and its root.</param>
    /// <param name="keyFile">PEM: its private key, without a password.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ConfigurationException">The files cannot be used.</exception>
    public static TlsCertificate Load(string certificateFile, string keyFile, TimeProvider time)
    {
        try
        {
            return new TlsCertificate(Path.GetFullPath(certificateFile), Path.GetFullPath(keyFile), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ConfigurationException("tls", $"{certificateFile} and {keyFile} cannot be used: {e.Message}", "give a certificate and its private key in PEM files", e);
        }
    }

    /// <summary>The certificate for a new connection.</summary>
    public X509Certificate2 Present()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_looked) < LookEvery)
                return _present;
            _looked = _time.GetTimestamp();
            try
            {
                if (WrittenAt() is var written && written != _written)
                    (_present, _written, Fault) = (Read(), written, null);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                Fault = e.Message;
            }

            return _present;
        }
    }

    private DateTime WrittenAt()
    {
        DateTime certificate = File.GetLastWriteTimeUtc(_certificateFile);
        DateTime key = File.GetLastWriteTimeUtc(_keyFile);
        return certificate > key ? certificate : key;
    }

    private X509Certificate2 Read()
    {
        using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(_certificateFile, _keyFile);
        // Through PKCS #12, because some systems cannot serve with a key that lives in memory only.
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }
}
