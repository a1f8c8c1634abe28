using System.Net;
using Sv2.ControlPlane.Api;

namespace Sv2.ControlPlane.Security;

/// <summary>
/// Refuses requests whose Host header is a name that this server does not go by. A hostile page can let its own name resolve
/// to 127.0.0.1 (DNS rebinding), but it cannot make the browser send another name.
/// </summary>
internal sealed class HostHeaderGuard(RequestDelegate next, ControlPlaneOptions options)
{
    public Task InvokeAsync(HttpContext context)
    {
        string host = context.Request.Host.Host;
        return IsOurs(host)
            ? next(context)
            : Problems.WriteAsync(context, StatusCodes.Status421MisdirectedRequest, "Unknown host", $"The Host header '{Problems.Shown(host)}' is not a name of this server. Use its IP address, or localhost.");
    }

    private bool IsOurs(string host)
    {
        if (options.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase))
            return true;
        bool isLoopbackOnly = IPAddress.IsLoopback(options.Http.Address);
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return true;
        // Addresses cannot be rebound; names can.
        return IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && (!isLoopbackOnly || IPAddress.IsLoopback(address));
    }
}
