using Sv2.ControlPlane.Api;

namespace Sv2.ControlPlane.Security;

/// <summary>Asks for the API key on everything but the pages' own files and the health checks, where the server has one.</summary>
internal sealed class ApiKeyGuard(RequestDelegate next, ControlPlaneOptions options)
{
    private const string Scheme = "Bearer ";

    private static readonly PathString[] Guarded = ["/api", "/metrics", "/swagger"];

    public Task InvokeAsync(HttpContext context)
    {
        if (options.ApiKey is not { } key || !Guarded.Any(p => context.Request.Path.StartsWithSegments(p)) || Shows(context.Request, key))
            return next(context);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "API key needed", "Send the header 'Authorization: Bearer KEY' with the key from the file api.key in the data folder.");
    }

    private static bool Shows(HttpRequest request, ApiKey key) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && key.Matches(header[Scheme.Length..].Trim());
}
