using System.Net;
using System.Reflection;
using Sv2.ControlPlane.Security;

namespace Sv2.ControlPlane;

/// <summary>How the control plane is served.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>Where it listens unless told otherwise.</summary>
    public static readonly IPEndPoint DefaultHttp = new(IPAddress.Loopback, 8080);

    /// <summary>Where it listens; port 0 takes any free one.</summary>
    public IPEndPoint Http { get; init; } = DefaultHttp;

    /// <summary>The key that clients must show; null for none, which is for loopback only.</summary>
    public ApiKey? ApiKey { get; init; }

    /// <summary>Host names that it goes by, beside localhost and its addresses.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Keeps the program from being ready until its start is complete; null where there is nothing to wait for.</summary>
    public StartUp? StartUp { get; init; }

    /// <summary>When the program started.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Version of the program.</summary>
    public string Version { get; init; } = ProgramVersion;

    /// <summary>Version of this assembly, without the build's commit.</summary>
    public static string ProgramVersion { get; } =
        typeof(ControlPlaneOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
