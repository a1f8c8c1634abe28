using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sv2.ControlPlane.History;
using Sv2.ControlPlane.Security;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>The events that are still kept, and the alarms that are on.</summary>
internal static class EventHistoryApi
{
    public static void MapEventHistory(this RouteGroupBuilder api)
    {
        RouteGroupBuilder events = api.MapGroup("").WithTags("Events");
        events.MapGet("/events/history", ListAsync).WithName("listEvents").WithSummary("Events that are kept, the newest first.")
            .Needs(Scope.Read).Fails(StatusCodes.Status400BadRequest);
        events.MapGet("/alarms", (AlarmBoard alarms) => TypedResults.Ok(alarms.Active)).WithName("listAlarms").WithSummary("What an operator should look at, the gravest first.")
            .IsFigure();
    }

    private static async Task<Ok<Page<RoleEvent>>> ListAsync(
        [AsParameters] ListParameters part,
        [FromQuery, Description("Only events of this type.")] string? type,
        [FromQuery, Description("Only events of this severity.")] QueryEnum<RoleEventSeverity>? severity,
        IRoleHost host, CancellationToken cancellationToken)
    {
        ListQuery query = part.ToQuery();
        IEnumerable<RoleEvent> wanted = (await host.ListEventsAsync(cancellationToken)).Reverse().Where(e =>
            (query.Instance is null || e.Instance == query.Instance)
            && (type is null || e.Type == type)
            && (severity is null || e.Severity == severity.Value.Value));
        return TypedResults.Ok(Page.Of(wanted, query, e => $"{e.Instance} {e.Type} {e.Message}"));
    }
}
