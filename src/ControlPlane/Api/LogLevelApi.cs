using Microsoft.AspNetCore.Http.HttpResults;
using Sv2.ControlPlane.Security;

namespace Sv2.ControlPlane.Api;

/// <summary>How much is logged.</summary>
/// <param name="Level">The least level that is: trace, debug, information, warning, error, critical or none.</param>
public sealed record LogLevelView(LogLevel Level);

/// <summary>The log level of the roles, while the program runs.</summary>
internal static class LogLevelApi
{
    public static void MapLogLevel(this RouteGroupBuilder api)
    {
        RouteGroupBuilder log = api.MapGroup("/log-level").WithTags("Log");
        log.MapGet("/", (LogThreshold threshold) => TypedResults.Ok(new LogLevelView(threshold.Level)))
            .WithName("getLogLevel").WithSummary("How much of the roles' own logs is written.").Needs(Scope.Read);
        log.MapPut("/", Ok<LogLevelView> (LogLevelView wanted, LogThreshold threshold, HttpContext context) =>
            {
                context.AuditDetail($"{threshold.Level} became {wanted.Level}");
                threshold.Level = wanted.Level;
                return TypedResults.Ok(wanted);
            })
            .WithName("setLogLevel").WithSummary("Sets it, until the program ends.").Needs(Scope.Operate).Fails(StatusCodes.Status400BadRequest);
    }
}
