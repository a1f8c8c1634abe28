using System.Net;
using System.Reflection;
using Sv2.ControlPlane.Metrics;
using Sv2.ControlPlane.Security;

namespace Sv2.ControlPlane;

/// <summary>How the control plane is served.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>Where it listens unless told otherwise.</summary>
    public static readonly IPEndPoint DefaultHttp = new(IPAddress.Loopback, 8080);

    /// <summary>Where it listens; port 0 takes any free one.</summary>
    public IPEndPoint Http { get; init; } = DefaultHttp;

    /// <summary>Where tokens, sessions, audit log and time series are kept; null keeps them in memory, for as long as the program runs.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>What those who have not signed in may do; null for figures on loopback, and nothing elsewhere.</summary>
    public AnonymousAccess? Anonymous { get; init; }

    /// <summary>A token of an administrator that is given from outside; null for none.</summary>
    public string? AdminToken { get; init; }

    /// <summary>How many requests one address may send.</summary>
    public RateLimits RateLimits { get; init; } = new();

    /// <summary>How long browsers stay signed in.</summary>
    public SessionLimits Sessions { get; init; } = new();

    /// <summary>The certificate to serve HTTPS with; null for HTTP.</summary>
    public TlsCertificate? Tls { get; init; }

    /// <summary>Where metrics are sent to by OTLP; null for nowhere.</summary>
    public OtlpOptions? Otlp { get; init; }

    /// <summary>How much of the roles' own logs is written.</summary>
    public LogThreshold LogThreshold { get; init; } = new();

    /// <summary>Host names that it goes by, beside localhost and its addresses.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Reverse proxies whose headers X-Forwarded-For and X-Forwarded-Proto are believed.</summary>
    public IReadOnlyList<IPAddress> TrustedProxies { get; init; } = [];

    /// <summary>Puts further pages of the program into the web server, for administrators unless they say otherwise; null for none.</summary>
    public Action<IEndpointRouteBuilder>? FurtherPages { get; init; }

    /// <summary>Keeps the program from being ready until its start is complete; null where there is nothing to wait for.</summary>
    public StartUp? StartUp { get; init; }

    /// <summary>When the program started.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Version of the program.</summary>
    public string Version { get; init; } = ProgramVersion;

    /// <summary>Whether the stack is looked at every few seconds; tests look themselves.</summary>
    internal bool LooksByItself { get; init; } = true;

    /// <summary>What those who have not signed in may really do.</summary>
    internal AnonymousAccess AnonymousAccess => Anonymous ?? (IPAddress.IsLoopback(Http.Address) ? AnonymousAccess.Figures : AnonymousAccess.None);

    /// <summary>Version of this assembly, without the build's commit.</summary>
    public static string ProgramVersion { get; } =
        typeof(ControlPlaneOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
