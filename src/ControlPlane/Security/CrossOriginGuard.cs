using Sv2.ControlPlane.Api;

namespace Sv2.ControlPlane.Security;

/// <summary>
/// Refuses requests that change something when a page of another origin sent them. Browsers tell: Sec-Fetch-Site, and
/// Origin. Programs send neither, and pass. (Reading across origins is prevented by the browser, as no CORS header is sent.)
/// </summary>
internal sealed class CrossOriginGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        return reads || IsSameOrigin(request)
            ? next(context)
            : Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "Cross-origin request", "A page of another web origin may not change anything here.");
    }

    private static bool IsSameOrigin(HttpRequest request)
    {
        string? site = request.Headers["Sec-Fetch-Site"];
        // "same-site" is not enough: every port of localhost is the same site.
        if (site is not (null or "same-origin" or "none"))
            return false;
        string? origin = request.Headers.Origin;
        return origin is null || origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
