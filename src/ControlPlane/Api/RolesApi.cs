using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Api;

/// <summary>Role instances: list, create, configure, start, stop, restart, delete.</summary>
internal static class RolesApi
{
    public static void MapRoles(this RouteGroupBuilder api)
    {
        RouteGroupBuilder roles = api.MapGroup("/roles").WithTags("Roles");
        roles.MapGet("/", ListAsync).WithName("listRoles").WithSummary("Lists all role instances in their start order.");
        roles.MapPost("/", CreateAsync).WithName("createRole").WithSummary("Creates an instance and, unless asked otherwise, starts it.")
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status409Conflict);
        roles.MapGet("/{name}", GetAsync).WithName("getRole").WithSummary("Shows one instance.")
            .Fails(StatusCodes.Status404NotFound);
        roles.MapPut("/{name}", UpdateAsync).WithName("updateRole").WithSummary("Gives an instance a new configuration and restarts it unless it is stopped.")
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
        roles.MapDelete("/{name}", DeleteAsync).WithName("deleteRole").WithSummary("Stops an instance and forgets it. Its data folder stays.")
            .Fails(StatusCodes.Status404NotFound);
        roles.MapPost("/{name}/start", StartAsync).WithName("startRole").WithSummary("Starts an instance and keeps it running.")
            .Fails(StatusCodes.Status404NotFound);
        roles.MapPost("/{name}/stop", StopAsync).WithName("stopRole").WithSummary("Stops an instance; it stays stopped over restarts of the host.")
            .Fails(StatusCodes.Status404NotFound);
        roles.MapPost("/{name}/restart", RestartAsync).WithName("restartRole").WithSummary("Stops an instance and starts it again.")
            .Fails(StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<List<RoleView>>> ListAsync(IRoleHost host, CancellationToken cancellationToken) =>
        TypedResults.Ok((await host.ListAsync(cancellationToken)).Select(s => RoleView.Of(s, host)).ToList());

    private static async Task<Created<RoleView>> CreateAsync(RoleCreation creation, IRoleHost host, CancellationToken cancellationToken)
    {
        RoleStatus status = await host.CreateAsync(
            new RoleDefinition
            {
                Name = creation.Name,
                Kind = creation.Kind,
                Configuration = creation.Configuration,
                DesiredState = creation.DesiredState,
                Order = creation.Order,
            },
            cancellationToken);
        return TypedResults.Created($"/api/v1/roles/{creation.Name}", RoleView.Of(status, host));
    }

    private static async Task<Ok<RoleView>> GetAsync(string name, IRoleHost host, CancellationToken cancellationToken) =>
        TypedResults.Ok(RoleView.Of(await host.GetAsync(name, cancellationToken), host));

    /// <param name="name">The instance.</param>
    /// <param name="update">Its new configuration.</param>
    /// <param name="host">The host.</param>
    /// <param name="dryRun">Only check: nothing is stored.</param>
    /// <param name="restart">Whether a running instance is restarted; else the configuration counts from its next start.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    private static async Task<Ok<RoleView>> UpdateAsync(string name, RoleUpdate update, IRoleHost host, bool dryRun = false, bool restart = true, CancellationToken cancellationToken = default)
    {
        RoleStatus status = await host.GetAsync(name, cancellationToken);
        if (dryRun)
        {
            IRoleKind kind = KindsApi.Find(host, status.Definition.Kind);
            JsonObject configuration = OptionsSecrets.Restore(kind, update.Configuration, status.Definition.Configuration);
            OptionsBinder.Bind(kind, configuration);
            status = status with { Definition = status.Definition with { Configuration = configuration } };
        }
        else
        {
            status = await host.UpdateAsync(name, update.Configuration, restart, cancellationToken);
        }

        return TypedResults.Ok(RoleView.Of(status, host));
    }

    private static async Task<NoContent> DeleteAsync(string name, IRoleHost host, CancellationToken cancellationToken)
    {
        await host.DeleteAsync(name, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<RoleView>> StartAsync(string name, IRoleHost host, CancellationToken cancellationToken) =>
        TypedResults.Ok(RoleView.Of(await host.StartAsync(name, cancellationToken), host));

    private static async Task<Ok<RoleView>> StopAsync(string name, IRoleHost host, CancellationToken cancellationToken) =>
        TypedResults.Ok(RoleView.Of(await host.StopAsync(name, cancellationToken), host));

    private static async Task<Ok<RoleView>> RestartAsync(string name, IRoleHost host, CancellationToken cancellationToken) =>
        TypedResults.Ok(RoleView.Of(await host.RestartAsync(name, cancellationToken), host));
}
