using Microsoft.AspNetCore.Http.HttpResults;
using Sv2.ControlPlane.Security;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Api;

/// <summary>Health for load balancers and service managers.</summary>
internal static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", HealthAsync).WithName("health").WithTags("Overview").WithSummary("200 while the process serves; the body tells how the stack is.").IsOpen();
        app.MapGet("/readyz", ReadyAsync).WithName("ready").WithTags("Overview").WithSummary("200 when everything that should run does its work, else 503.").IsOpen();
    }

    private static async Task<Ok<StackHealth>> HealthAsync(IRoleHost host, HttpContext context, ControlPlaneOptions options, CancellationToken cancellationToken) =>
        TypedResults.Ok(For(context, options, StackHealth.Of(await host.ListAsync(cancellationToken))));

    private static async Task<JsonHttpResult<StackHealth>> ReadyAsync(IRoleHost host, HttpContext context, ControlPlaneOptions options, CancellationToken cancellationToken)
    {
        StackHealth health = StackHealth.Of(await host.ListAsync(cancellationToken));
        if (options.StartUp is { IsDone: false })
            health = health with { IsReady = false, Problems = ["The stack is still starting.", .. health.Problems] };
        health = For(context, options, health);
        return TypedResults.Json(health, statusCode: health.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Problems name addresses: not for those who may see nothing.</summary>
    private static StackHealth For(HttpContext context, ControlPlaneOptions options, StackHealth health) =>
        options.AnonymousAccess == AnonymousAccess.None && Caller.Of(context).Scope == Scope.None ? health with { Problems = [] } : health;
}
