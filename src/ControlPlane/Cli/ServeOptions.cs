using System.CommandLine;
using System.Net;
using Sv2.ControlPlane.Metrics;
using Sv2.ControlPlane.Security;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary>Options of the verbs that serve REST API and pages, and log.</summary>
internal sealed class ServeOptions
{
    /// <summary>Environment variable with a token of an administrator.</summary>
    public const string TokenVariable = "SV2_ADMIN_TOKEN";

    private readonly Option<string> _anonymous = new("--anonymous")
    {
        Description = "What those who have not signed in may do: none, figures (health, blocks, figures of the whole stack) or read. Default: figures on loopback, else none.",
        HelpName = "ACCESS",
    };

    private readonly Option<string[]> _hosts = new("--allow-host")
    {
        Description = "Host name by which browsers may reach this server, beside localhost and its addresses. Repeatable.",
        HelpName = "NAME",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _proxies = new("--trusted-proxy")
    {
        Description = "Address of a reverse proxy whose X-Forwarded-For and X-Forwarded-Proto are believed. Repeatable.",
        HelpName = "ADDRESS",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _certificate = new("--tls-cert") { Description = "PEM file with the certificate to serve HTTPS with. Read again when it changes.", HelpName = "FILE" };

    private readonly Option<string?> _key = new("--tls-key") { Description = "PEM file with the certificate's private key.", HelpName = "FILE" };

    private readonly Option<string?> _otlp = new("--otlp")
    {
        Description = "Send metrics to this OpenTelemetry collector: http://host:4317 for gRPC, http://host:4318/v1/metrics for protobuf over HTTP.",
        HelpName = "URL",
    };

    private readonly Option<int?> _requests = new("--rate-limit")
    {
        Description = $"Requests a second that one address may send in the long run; five seconds' worth at once. 0 for no limit. Default: {new RateLimits().RequestsPerSecond}.",
        HelpName = "REQUESTS",
    };

    private readonly Option<int?> _changes = new("--change-limit")
    {
        Description = $"Of these, requests a second that are no reading; ten seconds' worth at once. 0 for no limit. Default: {new RateLimits().ChangesPerSecond}.",
        HelpName = "REQUESTS",
    };

    private readonly Option<string?> _lifetime = new("--session-lifetime")
    {
        Description = $"How long a browser stays signed in at most, such as 8h or 30d. Default: {DurationJsonConverter.Format(new SessionLimits().Lifetime)}.",
        HelpName = "DURATION",
    };

    private readonly Option<string?> _idle = new("--session-idle")
    {
        Description = $"How long it stays signed in without being used, such as 15m. Default: {DurationJsonConverter.Format(new SessionLimits().Idle)}.",
        HelpName = "DURATION",
    };

    private readonly Option<string> _logFormat = new("--log-format") { Description = "text, or json: one JSON object a line, for log collectors. Default: text.", HelpName = "FORMAT" };

    private readonly Option<bool> _verbose = CommonOptions.Verbose();

    /// <summary>Gives the options to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_anonymous, _hosts, _proxies, _certificate, _key, _requests, _changes, _lifetime, _idle, _otlp, _logFormat, _verbose])
            command.Options.Add(option);
    }

    /// <summary>Where and how the run logs.</summary>
    /// <exception cref="ConfigurationException">The format is not known.</exception>
    public RunLog Log(ParseResult parsed, CliConsole console, TimeProvider time) => new(
        parsed.GetValue(_logFormat) switch
        {
            null or "text" => new LineLog(console, time),
            "json" => new JsonLineLog(console, time),
            { } other => throw new ConfigurationException("--log-format", $"'{other}' is not a format", "give text or json"),
        },
        parsed.GetValue(_verbose));

    /// <summary>How the control plane is served.</summary>
    /// <exception cref="ConfigurationException">An option cannot be used.</exception>
    public ControlPlaneOptions ControlPlane(ParseResult parsed, IPEndPoint http, DataFolder folder, RunLog log, TimeProvider time) => new()
    {
        Http = http,
        DataDirectory = folder.Path,
        Anonymous = parsed.GetValue(_anonymous) switch
        {
            null => null,
            "none" => AnonymousAccess.None,
            "figures" => AnonymousAccess.Figures,
            "read" => AnonymousAccess.Read,
            { } other => throw new ConfigurationException("--anonymous", $"'{other}' is not an access", "give none, figures or read"),
        },
        AllowedHosts = parsed.GetValue(_hosts) ?? [],
        TrustedProxies = [.. (parsed.GetValue(_proxies) ?? []).Select(Proxy)],
        RateLimits = new RateLimits
        {
            RequestsPerSecond = parsed.GetValue(_requests) ?? new RateLimits().RequestsPerSecond,
            ChangesPerSecond = parsed.GetValue(_changes) ?? new RateLimits().ChangesPerSecond,
        },
        Sessions = new SessionLimits
        {
            Lifetime = Duration("--session-lifetime", parsed.GetValue(_lifetime)) ?? new SessionLimits().Lifetime,
            Idle = Duration("--session-idle", parsed.GetValue(_idle)) ?? new SessionLimits().Idle,
        },
        Tls = Certificate(parsed.GetValue(_certificate), parsed.GetValue(_key), time),
        Otlp = Collector(parsed.GetValue(_otlp)),
        AdminToken = Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token ? token : null,
        LogThreshold = log.Threshold,
        StartedAt = time.GetUtcNow(),
    };

    private static TimeSpan? Duration(string option, string? text) => text is null ? null
        : DurationJsonConverter.TryParse(text, out TimeSpan value) ? value
        : throw new ConfigurationException(option, $"'{text}' is not a duration", "write it like 15m, 8h or 30d");

    private static IPAddress Proxy(string text) =>
        IPAddress.TryParse(text, out IPAddress? address)
            ? address
            : throw new ConfigurationException("--trusted-proxy", $"'{text}' is not an address", "write it like 127.0.0.1");

    private static TlsCertificate? Certificate(string? certificate, string? key, TimeProvider time) => (certificate, key) switch
    {
        (null, null) => null,
        ({ } c, { } k) => TlsCertificate.Load(c, k, time),
        _ => throw new ConfigurationException(certificate is null ? "--tls-cert" : "--tls-key", "is missing", "give --tls-cert and --tls-key together"),
    };

    private static OtlpOptions? Collector(string? text)
    {
        if (text is null)
            return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            throw new ConfigurationException("--otlp", $"'{text}' is not the address of a collector", "write it like http://127.0.0.1:4317");
        return new OtlpOptions { Endpoint = url, Protocol = url.AbsolutePath.Length > 1 ? OtlpWire.HttpProtobuf : OtlpWire.Grpc };
    }
}
