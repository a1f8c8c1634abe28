using Sv2.Noise.Tests.Handshake;

namespace Sv2.Noise.Tests;

public sealed class CertificateTests : IDisposable
{
    private static readonly DateTimeOffset From = Pairs.Now;
    private static readonly DateTimeOffset Until = Pairs.Now.AddHours(1);

    private readonly AuthorityKeyPair _authority = AuthorityKeyPair.Generate();
    private readonly StaticKeyPair _staticKey = StaticKeyPair.Generate();

    public void Dispose()
    {
        _authority.Dispose();
        _staticKey.Dispose();
    }

    [Fact]
    [Trait("spec", "95")]
    [Trait("spec", "358")]
    public void What_is_signed_is_version_dates_and_the_x_coordinate()
    {
        var vector = Vectors.Handshake().GetProperty("certificate");
        var toBeHashed = vector.Hex("to_be_hashed_hex");
        Assert.Equal(42, toBeHashed.Length);
        var certificate = NoiseCertificate.Read(vector.Hex("signature_noise_message_hex"));
        var digest = new byte[32];
        certificate.SignedDigest(Vectors.Handshake().Hex("responder_static_xonly"), digest);
        Assert.Equal(vector.Hex("m_sha256"), digest);
    }

    [Theory]
    [Trait("spec", "96")]
    [InlineData(-11, NoiseFailureKind.CertificateNotYetValid)]
    [InlineData(-10, null)]
    [InlineData(0, null)]
    [InlineData(3600, null)]
    [InlineData(3610, null)]
    [InlineData(3611, NoiseFailureKind.CertificateExpired)]
    public void Validity_is_held_against_the_clock_with_ten_seconds_leeway(int seconds, NoiseFailureKind? expected)
    {
        using var credentials = Credentials(_authority.SignCertificate(_staticKey.PublicKey.Span, From, Until));
        var (client, _, failure) = Pairs.TryHandshake(credentials, _authority.PublicKey, new FixedClock(From.AddSeconds(seconds)));
        Assert.Equal(expected, failure?.Kind);
        Assert.Equal(expected is null, client is not null);
    }

    [Fact]
    [Trait("spec", "96")]
    public void A_wrong_clock_is_named_with_its_distance()
    {
        var certificate = _authority.SignCertificate(_staticKey.PublicKey.Span, From, Until);
        var slow = certificate.Check(_staticKey.PublicKey.Span, _authority.PublicKey, From.AddDays(-3));
        Assert.Contains("2026-08-20 12:00:00 UTC", slow!.Message);
        Assert.Contains("2026-08-17 12:00:00 UTC", slow.Message);
        Assert.Contains("3 days too early", slow.Message);
        Assert.Contains("NTP", slow.Message);
        var fast = certificate.Check(_staticKey.PublicKey.Span, _authority.PublicKey, Until.AddMinutes(5));
        Assert.Contains("5 minutes too late", fast!.ToString());
    }

    [Fact]
    [Trait("spec", "94")]
    public void A_wrong_authority_is_refused()
    {
        using var other = AuthorityKeyPair.Generate();
        using var credentials = Credentials(_authority.SignCertificate(_staticKey.PublicKey.Span, From, Until));
        var (client, _, failure) = Pairs.TryHandshake(credentials, other.PublicKey, new FixedClock(From));
        Assert.Null(client);
        Assert.Equal(NoiseFailureKind.WrongAuthority, failure!.Kind);
        Assert.Contains(other.PublicKey.ToString(), failure.Message);
    }

    [Fact]
    [Trait("spec", "94")]
    public void A_certificate_of_another_server_key_is_refused()
    {
        using var other = StaticKeyPair.Generate();
        var certificate = _authority.SignCertificate(other.PublicKey.Span, From, Until);
        Assert.Equal(NoiseFailureKind.WrongAuthority, certificate.Check(_staticKey.PublicKey.Span, _authority.PublicKey, From)!.Kind);
        Assert.Throws<ArgumentException>(() => ServerCredentials.FromCertificate(_staticKey, certificate, _authority.PublicKey));
    }

    [Fact]
    [Trait("spec", "108")]
    public void Without_an_authority_key_any_server_is_accepted()
    {
        using var credentials = Credentials(_authority.SignCertificate(_staticKey.PublicKey.Span, From, Until));
        var (client, _) = Pairs.Handshake(credentials, authority: null, new FixedClock(From));
        Assert.Equal(_staticKey.PublicKey.ToArray(), client.ServerKey.ToArray());
    }

    [Fact]
    [Trait("spec", "97")]
    public void Only_version_0_is_sent_and_accepted()
    {
        var certificate = _authority.SignCertificate(_staticKey.PublicKey.Span, From, Until);
        Assert.Equal(0, certificate.Version);
        var bytes = new byte[NoiseCertificate.Size];
        certificate.Write(bytes);
        Assert.Equal(certificate, NoiseCertificate.Read(bytes));
        bytes[0] = 1;
        var failure = NoiseCertificate.Read(bytes).Check(_staticKey.PublicKey.Span, _authority.PublicKey, From);
        Assert.Equal(NoiseFailureKind.UnknownCertificateVersion, failure!.Kind);
    }

    [Fact]
    [Trait("spec", "93")]
    public void Any_flipped_bit_of_a_certificate_is_noticed()
    {
        var bytes = new byte[NoiseCertificate.Size];
        _authority.SignCertificate(_staticKey.PublicKey.Span, From, Until).Write(bytes);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotNull(NoiseCertificate.Read(bytes).Check(_staticKey.PublicKey.Span, _authority.PublicKey, From));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.Null(NoiseCertificate.Read(bytes).Check(_staticKey.PublicKey.Span, _authority.PublicKey, From));
    }

    [Fact]
    public void Impossible_dates_and_sizes_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _authority.SignCertificate(_staticKey.PublicKey.Span, Until, From));
        Assert.Throws<ArgumentOutOfRangeException>(() => _authority.SignCertificate(_staticKey.PublicKey.Span, From, From.AddYears(200)));
        Assert.Throws<ArgumentException>(() => _authority.SignCertificate(new byte[64], From, Until));
        Assert.Throws<ArgumentException>(() => NoiseCertificate.Read(new byte[73]));
    }

    [Fact]
    [Trait("spec", "98")]
    public void Certificates_are_renewed_for_new_connections_without_restart()
    {
        var clock = new FixedClock(Pairs.Now);
        using var credentials = new ServerCredentials(AuthorityKeyPair.Generate(), StaticKeyPair.Generate(), clock, TimeSpan.FromSeconds(60));
        var first = credentials.CurrentCertificate();
        foreach (var second in (int[])[0, 29, 30, 60, 120, 100_000])
        {
            clock.Now = Pairs.Now.AddSeconds(second);
            var (client, _) = Pairs.Handshake(credentials, credentials.AuthorityPublicKey, clock);
            Assert.True(client.Certificate.NotValidAfter >= clock.Now.AddSeconds(30));
        }
        clock.Now = Pairs.Now.AddSeconds(29);
        Assert.NotEqual(first, credentials.CurrentCertificate());
    }

    [Fact]
    [Trait("spec", "98")]
    public void A_certificate_is_signed_once_for_many_connections()
    {
        var clock = new FixedClock(Pairs.Now);
        using var credentials = new ServerCredentials(AuthorityKeyPair.Generate(), StaticKeyPair.Generate(), clock);
        var certificate = credentials.CurrentCertificate();
        Assert.Same(certificate, credentials.CurrentCertificate());
        clock.Now = Pairs.Now.AddHours(13);
        var renewed = credentials.CurrentCertificate();
        Assert.NotSame(certificate, renewed);
        Assert.Same(renewed, credentials.CurrentCertificate());
    }

    [Fact]
    [Trait("spec", "98")]
    public void A_clock_that_is_set_back_does_not_leave_a_certificate_of_the_future()
    {
        var clock = new FixedClock(Pairs.Now);
        using var credentials = new ServerCredentials(AuthorityKeyPair.Generate(), StaticKeyPair.Generate(), clock);
        clock.Now = Pairs.Now.AddDays(-2);
        Assert.True(credentials.CurrentCertificate().ValidFrom <= clock.Now);
    }

    [Fact]
    [Trait("spec", "98")]
    public void A_certificate_signed_elsewhere_can_be_replaced()
    {
        using var credentials = Credentials(_authority.SignCertificate(_staticKey.PublicKey.Span, From, Until));
        var successor = _authority.SignCertificate(_staticKey.PublicKey.Span, Until, Until.AddHours(1));
        credentials.Replace(successor);
        Assert.Same(successor, credentials.CurrentCertificate());
        using var stranger = AuthorityKeyPair.Generate();
        Assert.Throws<ArgumentException>(() => credentials.Replace(stranger.SignCertificate(_staticKey.PublicKey.Span, From, Until)));
        using var own = new ServerCredentials(AuthorityKeyPair.Generate(), StaticKeyPair.Generate(), TimeProvider.System);
        Assert.Throws<InvalidOperationException>(() => own.Replace(successor));
    }

    [Fact]
    public async Task Many_threads_get_the_same_renewed_certificate()
    {
        var clock = new FixedClock(Pairs.Now);
        using var credentials = new ServerCredentials(AuthorityKeyPair.Generate(), StaticKeyPair.Generate(), clock, TimeSpan.FromMinutes(10));
        clock.Now = Pairs.Now.AddMinutes(20);
        var certificates = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(credentials.CurrentCertificate)));
        Assert.Single(certificates.Distinct());
    }

    private ServerCredentials Credentials(NoiseCertificate certificate) =>
        ServerCredentials.FromCertificate(_staticKey, certificate, _authority.PublicKey);
}
