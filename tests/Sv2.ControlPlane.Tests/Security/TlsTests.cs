using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sv2.ControlPlane.History;
using Sv2.ControlPlane.Security;
using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles;
using Sv2.Roles.Tests.Hosting;
using Sv2.TestKit;

namespace Sv2.ControlPlane.Tests.Security;

public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (string Certificate, string Key) Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        (string c, string k) = (Path.Combine(_folder.Path, "tls.crt"), Path.Combine(_folder.Path, "tls.key"));
        File.WriteAllText(c, certificate.ExportCertificatePem());
        File.WriteAllText(k, key.ExportPkcs8PrivateKeyPem());
        return (c, k);
    }

    [Fact]
    public async Task With_a_certificate_everything_is_encrypted_and_cookies_are_secure()
    {
        (string certificate, string key) = Write("first");
        await using RunningControlPlane app = await RunningControlPlane.StartAsync(o => o with { Tls = TlsCertificate.Load(certificate, key, TimeProvider.System) });
        Assert.Equal("https", app.Url.Scheme);
        string? subject = null;
        using var handler = new HttpClientHandler
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            ServerCertificateCustomValidationCallback = (_, shown, _, _) =>
            {
                subject = shown?.Subject;
                return true;
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = app.Url };
        using HttpResponseMessage signedIn = await client.GetAsync(app.MakeSignInLink());
        Assert.Contains("; secure", signedIn.Headers.GetValues("Set-Cookie").Single(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("CN=first", subject);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", app.AdminToken);
        using HttpResponseMessage roles = await client.GetAsync("api/v1/roles");
        Assert.Equal(HttpStatusCode.OK, roles.StatusCode);
        Assert.True(roles.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public void A_certificate_that_is_not_renewed_is_an_alarm_before_it_ends()
    {
        (string certificate, string key) = Write("first");
        TlsCertificate tls = TlsCertificate.Load(certificate, key, new ManualTimeProvider());
        DateTimeOffset now = DateTimeOffset.UtcNow;
        Assert.Empty(AlarmRules.Certificate(null, now));
        Assert.Empty(AlarmRules.Certificate(tls, now));
        Assert.Equal(RoleEventSeverity.Warning, Assert.Single(AlarmRules.Certificate(tls, now.AddHours(22))).Severity);
        Assert.Equal(RoleEventSeverity.Error, Assert.Single(AlarmRules.Certificate(tls, now.AddDays(2))).Severity);
    }

    [Fact]
    public void A_renewed_certificate_is_taken_and_a_broken_one_is_not()
    {
        var time = new ManualTimeProvider();
        (string certificate, string key) = Write("first");
        TlsCertificate tls = TlsCertificate.Load(certificate, key, time);
        Write("second");
        File.SetLastWriteTimeUtc(key, DateTime.UtcNow.AddMinutes(1));
        Assert.Equal("CN=first", tls.Present().Subject);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=second", tls.Present().Subject);

        File.WriteAllText(certificate, "torn");
        File.SetLastWriteTimeUtc(certificate, DateTime.UtcNow.AddMinutes(2));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=second", tls.Present().Subject);
        Assert.NotNull(tls.Fault);
        Alarm alarm = Assert.Single(AlarmRules.Certificate(tls, DateTimeOffset.UtcNow));
        Assert.Equal(RoleEventSeverity.Warning, alarm.Severity);
        Assert.Contains(tls.Fault, alarm.Message);
        Assert.Throws<ConfigurationException>(() => TlsCertificate.Load(certificate, key, time));
    }
}
