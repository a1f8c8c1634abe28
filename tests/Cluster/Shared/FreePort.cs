using System.Net;
using System.Net.Sockets;

namespace Sv2.Cluster.Tests;

/// <summary>Ports for silos and roles that must be named before somebody listens on them.</summary>
internal static class FreePort
{
    /// <summary>A port of loopback that was free a moment ago.</summary>
    public static int Next()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
