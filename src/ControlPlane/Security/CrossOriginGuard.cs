using Sv2.ControlPlane.Api;

namespace Sv2.ControlPlane.Security;

/// <summary>
/// Refuses what a page of another origin sends, reading or not. Browsers tell: Sec-Fetch-Site, and Origin. Programs send
/// neither, and pass; so does who follows a link from elsewhere, as that gives the other page nothing to read.
/// </summary>
internal sealed class CrossOriginGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool followsLink = HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate";
        return followsLink || IsSameOrigin(request)
            ? next(context)
            : Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "Cross-origin request", "A page of another web origin may not read or change anything here.");
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
