using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sv2.Noise;
using Sv2.Transport.Internal;
using Sv2.Transport.Setup;

namespace Sv2.Transport.Probe;

/// <summary>
/// Connects to a server step by step and tells after each step, in plain words, what it found, how long it took, and
/// what to do where something is wrong: connection string, name resolution, TCP, handshake, certificate, setup,
/// extensions.
/// </summary>
public sealed class ConnectionProbe
{
    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromMinutes(10);

    private readonly ConnectionString _server;
    private readonly ClientSetup _setup;
    private readonly ConnectorOptions _options;
    private readonly TimeProvider _clock;
    private readonly Action<ProbeStep>? _onStep;
    private readonly List<ProbeStep> _steps = [];
    private long _stepStarted;

    private ConnectionProbe(ConnectionString server, ClientSetup setup, ConnectorOptions options, TimeProvider clock, Action<ProbeStep>? onStep)
    {
        _server = server;
        _setup = setup with { EndpointHost = setup.EndpointHost ?? server.Host, EndpointPort = setup.EndpointPort ?? (ushort)server.Port };
        _options = options;
        _clock = clock;
        _onStep = onStep;
    }

    /// <summary>Runs all steps up to the first that fails.</summary>
    /// <param name="server">The server to probe.</param>
    /// <param name="setup">What to ask for.</param>
    /// <param name="options">Limits and policy; null for the defaults.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <param name="onStep">Called after each step, for progress; null for nobody.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The steps, and the open session where none failed.</returns>
    /// <exception cref="OperationCanceledException">Given up.</exception>
    public static Task<ProbeReport> RunAsync(
        ConnectionString server, ClientSetup setup, ConnectorOptions? options = null, TimeProvider? clock = null,
        Action<ProbeStep>? onStep = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(setup);
        options ??= new ConnectorOptions();
        options.Validate();
        return new ConnectionProbe(server, setup, options, clock ?? TimeProvider.System, onStep).RunAsync(cancellation);
    }

    private async Task<ProbeReport> RunAsync(CancellationToken cancellation)
    {
        long started = _clock.GetTimestamp();
        _stepStarted = started;
        Sv2Session? session = null;
        if (ProbeString()
            && await ResolveAsync(cancellation).ConfigureAwait(false) is { } addresses
            && await ConnectAsync(addresses, cancellation).ConfigureAwait(false) is { } socket
            && await SecureAsync(socket, started, cancellation).ConfigureAwait(false) is { } connection)
            session = await SetUpAsync(connection, cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return new ProbeReport(_steps, session);
    }

    private bool ProbeString()
    {
        const string Name = "connection string";
        try
        {
            Sv2Connector.RequireKey(_server, _options);
        }
        catch (ConnectException e)
        {
            Add(Name, ProbeOutcome.Failed, e.Message, "Ask the operator of the server for the whole connection string; the key is its last part. To go without, say so explicitly.");
            return false;
        }

        string target = $"host {_server.Host}, port {_server.Port}";
        if (_server.AuthorityPublicKey is { } key) Add(Name, ProbeOutcome.Passed, $"{target}, authority key {key}");
        else Add(Name, ProbeOutcome.Warning, $"{target}, no authority key: nobody vouches for this server", "Use this for tests only.");
        return true;
    }

    private async Task<IPAddress[]?> ResolveAsync(CancellationToken cancellation)
    {
        const string Name = "name resolution";
        if (IPAddress.TryParse(_server.Host, out IPAddress? literal))
        {
            Add(Name, ProbeOutcome.Skipped, "the host is an address already");
            return [literal];
        }

        using var limit = new TimeLimit(_options.ConnectTimeout, _clock, cancellation);
        try
        {
            IPAddress[] addresses = await Sv2Connector.ResolveAsync(_server, limit.Token).ConfigureAwait(false);
            Add(Name, ProbeOutcome.Passed, $"{_server.Host} is {string.Join(", ", addresses.Select(address => address.ToString()))}");
            return addresses;
        }
        catch (ConnectException e)
        {
            Add(Name, ProbeOutcome.Failed, e.Message, "Check the spelling of the host, and that this machine's DNS works for other names.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Add(Name, ProbeOutcome.Failed, $"no answer within {_options.ConnectTimeout.TotalSeconds} s", "Check that this machine's DNS server can be reached.");
        }

        return null;
    }

    private async Task<Socket?> ConnectAsync(IPAddress[] addresses, CancellationToken cancellation)
    {
        const string Name = "tcp";
        using var limit = new TimeLimit(_options.ConnectTimeout, _clock, cancellation);
        try
        {
            Socket socket = await Sv2Connector.ConnectTcpAsync(_server, addresses, _options, limit.Token).ConfigureAwait(false);
            Add(Name, ProbeOutcome.Passed, $"connected to {socket.RemoteEndPoint} from {socket.LocalEndPoint}");
            return socket;
        }
        catch (ConnectException e)
        {
            Add(Name, ProbeOutcome.Failed, e.Message, e.Step == ConnectStep.Policy
                ? "Without encryption only servers in the own network are allowed."
                : "Check host and port, that the server runs, and that no firewall is in between.");
        }
        catch (SocketException)
        {
            // Reading the addresses of a socket fails once the other side has reset it.
            Add(Name, ProbeOutcome.Failed, "the server closed the connection at once", "It may be full, or refuse this address; its log says why.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Add(Name, ProbeOutcome.Failed, $"no answer within {_options.ConnectTimeout.TotalSeconds} s", "Most likely a firewall drops the packets, or the host is switched off.");
        }

        return null;
    }

    private async Task<Sv2Connection?> SecureAsync(Socket socket, long started, CancellationToken cancellation)
    {
        const string Name = "handshake";
        try
        {
            Sv2Connection connection = await Sv2Connector.SecureAsync(socket, _server, _options, _clock, started, loggers: null, cancellation).ConfigureAwait(false);
            if (connection.IsEncrypted) Add(Name, ProbeOutcome.Passed, "keys agreed, the connection is encrypted");
            else Add(Name, ProbeOutcome.Skipped, "the connection is plain, as configured");
            ProbeCertificate(connection.Certificate);
            return connection;
        }
        catch (ConnectException e) when (e.Failure is { Kind: not NoiseFailureKind.AuthenticationFailed } failure)
        {
            Add(Name, ProbeOutcome.Passed, "keys agreed");
            Add("certificate", ProbeOutcome.Failed, failure.Message, AdviceFor(failure.Kind));
        }
        catch (ConnectException e)
        {
            Add(Name, ProbeOutcome.Failed, e.Message, AdviceFor((e.InnerException as HandshakeException)?.Reason.Kind));
        }

        return null;
    }

    private void ProbeCertificate(NoiseCertificate? certificate)
    {
        const string Name = "certificate";
        if (certificate is null)
        {
            Add(Name, ProbeOutcome.Skipped, "a plain connection has none");
            return;
        }

        DateTimeOffset now = _clock.GetUtcNow();
        string dates = $"valid from {Format(certificate.ValidFrom)} to {Format(certificate.NotValidAfter)}, now {Format(now)}";
        if (_server.AuthorityPublicKey is null)
            Add(Name, ProbeOutcome.Warning, $"{dates}; not checked against an authority key", "Anybody could have answered. Use the connection string with the server's key.");
        else if (now < certificate.ValidFrom || now > certificate.NotValidAfter)
            Add(Name, ProbeOutcome.Warning, $"{dates}: outside, within the leeway of {NoiseInitiator.ClockLeeway.TotalSeconds} s", "This machine's clock and the server's differ. Set both by NTP.");
        else if (certificate.NotValidAfter - now < ExpiresSoon)
            Add(Name, ProbeOutcome.Warning, $"{dates}: expires in {(certificate.NotValidAfter - now).TotalMinutes:0} minutes", "The server should have renewed it by now; or this machine's clock is fast.");
        else
            Add(Name, ProbeOutcome.Passed, dates);
    }

    private async Task<Sv2Session?> SetUpAsync(Sv2Connection connection, CancellationToken cancellation)
    {
        SetupResult result = await _setup.RunAsync(connection, cancellation).ConfigureAwait(false);
        if (result.Failure is { } failure)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            bool isExtensions = failure.Reason.Kind == CloseKind.ExtensionRequired;
            if (isExtensions) Add("setup", ProbeOutcome.Passed, "accepted", elapsed: result.SetupTime);
            Add(isExtensions ? "extensions" : "setup", ProbeOutcome.Failed, failure.Reason.Message, AdviceFor(failure));
            return null;
        }

        Add("setup", ProbeOutcome.Passed, $"{result.Protocol}, version {result.UsedVersion}, server flags 0x{result.ServerFlags:x8}", elapsed: result.SetupTime);
        if (_setup.RequestedExtensions.Count == 0)
            Add("extensions", ProbeOutcome.Skipped, "none asked for", elapsed: TimeSpan.Zero);
        else if (!result.ExtensionsAnswered)
            Add("extensions", ProbeOutcome.Warning, "the server did not answer the request: it does not know extension 0x0001", "It works without extensions.", result.ExtensionsTime);
        else if (result.Extensions.List.Count == 0)
            Add("extensions", ProbeOutcome.Passed, $"the server supports none of {Names(_setup.RequestedExtensions)}", elapsed: result.ExtensionsTime);
        else
            Add("extensions", ProbeOutcome.Passed, $"asked for {Names(_setup.RequestedExtensions)}, agreed on {result.Extensions}", elapsed: result.ExtensionsTime);
        return Sv2Session.Of(connection, result);
    }

    private static string AdviceFor(NoiseFailureKind kind) => kind switch
    {
        NoiseFailureKind.WrongAuthority => "Compare the key in the connection string with the one the operator publishes. If they agree, somebody else answers at this address: do not mine there.",
        NoiseFailureKind.CertificateExpired or NoiseFailureKind.CertificateNotYetValid => "Compare this machine's clock with NTP first; if it is right, tell the operator of the server.",
        _ => "The server uses a certificate format that is not known here; a newer version of this program may know it.",
    };

    private static string AdviceFor(CloseKind? kind) => kind switch
    {
        CloseKind.HandshakeTimeout => "Something listens there but does not speak the Stratum V2 handshake, or is overloaded. Check the port.",
        CloseKind.Truncated or CloseKind.NetworkFailure => "The server hung up: it may be full, speak Stratum V1 on this port, or expect connections without encryption.",
        _ => "The answer is not that of a Stratum V2 server, or somebody changes it on the way. Check the port.",
    };

    private static string AdviceFor(SetupFailure failure) => failure switch
    {
        { Reason.Kind: CloseKind.SetupTimeout } => "The server took the connection and does not answer. It may be overloaded, or serve another protocol on this port.",
        { Reason.Kind: CloseKind.ExtensionRequired } => "The server serves only clients with these extensions.",
        { UnsupportedFlags: not 0 } => "Ask for fewer features, or use another port of the same operator.",
        { Reason.Kind: CloseKind.SetupRefused } => "Check that this port serves the protocol that was asked for (mining, job declaration or template distribution).",
        _ => "The server breaks the protocol here; tell its operator.",
    };

    private static string Names(IEnumerable<ushort> extensions) => string.Join(", ", extensions.Select(static extension => $"0x{extension:x4}"));

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private void Add(string name, ProbeOutcome outcome, string finding, string? advice = null, TimeSpan? elapsed = null)
    {
        long now = _clock.GetTimestamp();
        var step = new ProbeStep(name, outcome, elapsed ?? _clock.GetElapsedTime(_stepStarted, now), finding, advice);
        _stepStarted = now;
        _steps.Add(step);
        _onStep?.Invoke(step);
    }
}
