using System.Globalization;
using Sv2.Noise;
using Sv2.Transport;

namespace Sv2.ControlPlane.Cli;

/// <summary>Shakes hands with a server and shows the certificate it proves itself with: also one that no client would accept.</summary>
internal static class CertificateInspection
{
    public static async Task<int> RunAsync(CliConsole console, ConnectionString server, TimeProvider time, CancellationToken cancellationToken)
    {
        // The key is checked here and not by the connection, so that a certificate that fails is still shown.
        ConnectionString keyless = server with { AuthorityPublicKey = null };
        var options = new ConnectorOptions { WithoutKey = KeylessPolicy.EncryptWithoutAuthentication };
        try
        {
            await using Sv2Connection connection = await Sv2Connector.ConnectAsync(keyless, options, cancellation: cancellationToken);
            return Show(console, server, connection, time.GetUtcNow());
        }
        catch (ConnectException e)
        {
            console.Error.WriteLine($"sv2: {e.Message}. 'sv2 doctor {server}' looks closer.");
            return ExitCodes.Failure;
        }
    }

    private static int Show(CliConsole console, ConnectionString server, Sv2Connection connection, DateTimeOffset now)
    {
        NoiseCertificate certificate = connection.Certificate!;
        NoiseFailure? failure = server.AuthorityPublicKey is { } authority ? certificate.Check(connection.ServerKey.Span, authority, now) : null;
        console.Out.WriteLine($"Server      {server.Host}:{server.Port}");
        console.Out.WriteLine($"Server key  {Convert.ToHexStringLower(connection.ServerKey.Span)}");
        console.Out.WriteLine($"Version     {certificate.Version}{(certificate.Version == NoiseCertificate.CurrentVersion ? "" : " (unknown)")}");
        console.Out.WriteLine($"Valid from  {Format(certificate.ValidFrom)}");
        console.Out.WriteLine($"Valid until {Format(certificate.NotValidAfter)} ({Left(certificate.NotValidAfter - now)})");
        console.Out.WriteLine($"This clock  {Format(now)}");
        console.Out.WriteLine($"Authority   {Authority(server, failure)}");
        if (failure is not null)
            console.Out.WriteLine($"Refused     {failure.Message}");
        return failure is null ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static string Authority(ConnectionString server, NoiseFailure? failure) => (server.AuthorityPublicKey, failure) switch
    {
        (null, _) => "not checked: the connection string has no key",
        ({ } key, { Kind: NoiseFailureKind.WrongAuthority }) => $"{key} did not sign this certificate",
        ({ } key, { Kind: NoiseFailureKind.UnknownCertificateVersion }) => $"{key}; not checked, as the version is unknown",
        ({ } key, _) => $"{key} signed this certificate",
    };

    private static string Left(TimeSpan left) => left < TimeSpan.Zero ? "over"
        : left.TotalDays >= 2 ? $"{left.TotalDays:0} days left"
        : left.TotalHours >= 2 ? $"{left.TotalHours:0} hours left"
        : $"{left.TotalMinutes:0} minutes left";

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
