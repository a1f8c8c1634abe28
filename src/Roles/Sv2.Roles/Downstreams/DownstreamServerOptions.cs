using System.Net;

namespace Sv2.Roles.Downstreams;

/// <summary>Where and how a role serves the Mining Protocol. Made by the role from its own options.</summary>
public sealed record DownstreamServerOptions
{
    /// <summary>Where to listen. Port 0 takes a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Host, or <c>host:port</c>, for the connection string that miners are given; empty for what is listened on.</summary>
    public string PublicAddress { get; init; } = "";

    /// <summary>File of the authority key; empty for <c>authority.key</c> in the role's folder.</summary>
    public string AuthorityKeyFile { get; init; } = "";

    /// <summary>How long a certificate is valid; null for the default.</summary>
    public TimeSpan? CertificateValidity { get; init; }

    /// <summary>Bounds.</summary>
    public DownstreamLimits Limits { get; init; } = new();

    /// <summary>Extensions that miners may use, besides 0x0001.</summary>
    public IReadOnlyList<ushort> Extensions { get; init; } = [];

    /// <summary>The flags of <c>SetupConnection.Success</c> for a client's flags; null for those of the mining server. Asked for every connection.</summary>
    public Func<uint, uint>? SuccessFlags { get; init; }
}
