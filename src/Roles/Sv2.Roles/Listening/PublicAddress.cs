using System.Globalization;
using System.Net;

namespace Sv2.Roles.Listening;

/// <summary>The address that a role's clients are told, which need not be the one it listens on.</summary>
public static class PublicAddress
{
    /// <summary>Host and port for clients.</summary>
    /// <param name="configured"><c>host</c> or <c>host:port</c> as the operator wrote it; empty for the address listened on.</param>
    /// <param name="bound">Where the role listens; on all interfaces, this machine's name stands for it.</param>
    public static (string Host, int Port) Of(string configured, IPEndPoint bound)
    {
        if (string.IsNullOrWhiteSpace(configured)) return (OwnHost(bound.Address), bound.Port);
        int colon = configured.LastIndexOf(':');
        bool isOnlyColon = colon > 0 && configured.IndexOf(':', StringComparison.Ordinal) == colon;
        return isOnlyColon && int.TryParse(configured.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            ? (configured[..colon], port)
            : (configured, bound.Port);
    }

    private static string OwnHost(IPAddress bound) =>
        bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any) ? Dns.GetHostName() : bound.ToString();
}
