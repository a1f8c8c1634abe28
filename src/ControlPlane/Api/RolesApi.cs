using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Sv2.ControlPlane.Security;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Api;

/// <summary>Role instances: list, create, configure, start, stop, restart, delete.</summary>
internal static class RolesApi
{
    public static void MapRoles(this RouteGroupBuilder api)
    {
        RouteGroupBuilder roles = api.MapGroup("/roles").WithTags("Roles");
        roles.MapGet("/", ListAsync).WithName("listRoles").WithSummary("Lists all role instances in their start order.")
            .Needs(Scope.Read);
        roles.MapPost("/", CreateAsync).WithName("createRole").WithSummary("Creates an instance and, unless asked otherwise, starts it.")
            .Needs(Scope.Admin).Fails(StatusCodes.Status400BadRequest, StatusCodes.Status409Conflict);
        roles.MapGet("/{name}", GetAsync).WithName("getRole").WithSummary("Shows one instance.")
            .Needs(Scope.Read).Fails(StatusCodes.Status404NotFound);
        roles.MapPut("/{name}", UpdateAsync).WithName("updateRole").WithSummary("Gives an instance a new configuration and restarts it unless it is stopped.")
            .Needs(Scope.Admin).Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
        roles.MapDelete("/{name}", DeleteAsync).WithName("deleteRole").WithSummary("Stops an instance and forgets it. Its data folder stays.")
            .Needs(Scope.Admin).Fails(StatusCodes.Status404NotFound);
        roles.MapPost("/{name}/start", StartAsync).WithName("startRole").WithSummary("Starts an instance and keeps it running.")
            .Needs(Scope.Operate).Fails(StatusCodes.Status404NotFound);
        roles.MapPost("/{name}/stop", StopAsync).WithName("stopRole").WithSummary("Stops an instance; it stays stopped over restarts of the host.")
            .Needs(Scope.Operate).Fails(StatusCodes.Status404NotFound);
        roles.MapPost("/{name}/restart", RestartAsync).WithName("restartRole").WithSummary("Stops an instance and starts it again.")
            .Needs(Scope.Operate).Fails(StatusCodes.Status404NotFound);
        roles.MapPost("/{name}/drain", DrainAsync).WithName("drainRole").WithSummary("Sends an instance's clients elsewhere, then stops or restarts it.")
            .Needs(Scope.Operate).Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<List<RoleView>>> ListAsync(IRoleHost host, CancellationToken cancellationToken) =>
        TypedResults.Ok((await host.ListAsync(cancellationToken)).Select(s => RoleView.Of(s, host)).ToList());

    /// <param name="creation">The instance.</param>
    /// <param name="host">The host.</param>
    /// <param name="context">The request.</param>
    /// <param name="dryRun">Only check: nothing is stored, and the answer is 200 with the instance as it would be.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    private static async Task<Results<Created<RoleView>, Ok<RoleView>>> CreateAsync(
        RoleCreation creation, IRoleHost host, HttpContext context, bool dryRun = false, CancellationToken cancellationToken = default)
    {
        context.AuditTarget(creation.Name);
        if (dryRun)
        {
            context.AuditDetail("only checked");
            return TypedResults.Ok(await CheckAsync(creation, host, cancellationToken));
        }

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

    private static async Task<RoleView> CheckAsync(RoleCreation creation, IRoleHost host, CancellationToken cancellationToken)
    {
        RoleNames.Check(creation.Name);
        IRoleKind kind = host.Kinds.FirstOrDefault(k => k.Name == creation.Kind)
            ?? throw new ConfigurationException("kind", $"'{Problems.Shown(creation.Kind)}' is not a kind of role", $"give one of: {string.Join(", ", host.Kinds.Select(k => k.Name))}");
        OptionsBinder.Bind(kind, creation.Configuration);
        if ((await host.ListAsync(cancellationToken)).Any(s => s.Definition.Name == creation.Name))
            throw new RoleConflictException($"There is already an instance named '{creation.Name}'.", "Choose another name.");
        return new RoleView
        {
            Name = creation.Name,
            Kind = creation.Kind,
            DesiredState = creation.DesiredState,
            State = RoleState.Stopped,
            Since = DateTimeOffset.UnixEpoch,
            Restarts = 0,
            Order = creation.Order,
            Configuration = OptionsSecrets.Hide(kind, creation.Configuration),
        };
    }

    private static async Task<Ok<RoleView>> GetAsync(string name, IRoleHost host, CancellationToken cancellationToken) =>
        TypedResults.Ok(RoleView.Of(await host.GetAsync(name, cancellationToken), host));

    /// <param name="name">The instance.</param>
    /// <param name="update">Its new configuration.</param>
    /// <param name="host">The host.</param>
    /// <param name="dryRun">Only check: nothing is stored.</param>
    /// <param name="context">The request.</param>
    /// <param name="restart">Whether a running instance is restarted; else the configuration counts from its next start.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    private static async Task<Ok<RoleView>> UpdateAsync(string name, RoleUpdate update, IRoleHost host, HttpContext context, bool dryRun = false, bool restart = true, CancellationToken cancellationToken = default)
    {
        RoleStatus status = await host.GetAsync(name, cancellationToken);
        context.AuditDetail(dryRun ? "only checked" : $"changes {ChangedKeys(status.Definition.Configuration, update.Configuration)}");
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

    /// <param name="name">The instance.</param>
    /// <param name="host">The host.</param>
    /// <param name="then">What follows: stop or restart.</param>
    /// <param name="patienceSeconds">How long the clients may take to go, 1 to 3600 seconds.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    private static async Task<Ok<RoleView>> DrainAsync(string name, IRoleHost host, string then = "stop", double patienceSeconds = 30, CancellationToken cancellationToken = default)
    {
        if (then is not ("stop" or "restart"))
            throw new ConfigurationException("then", $"'{Problems.Shown(then)}' cannot follow", "choose stop or restart");
        if (patienceSeconds is not (>= 1 and <= 3600))
            throw new ConfigurationException("patienceSeconds", $"{patienceSeconds} is outside the limits", "choose 1 to 3600");
        return TypedResults.Ok(RoleView.Of(await host.DrainAsync(name, TimeSpan.FromSeconds(patienceSeconds), then == "restart", cancellationToken), host));
    }

    /// <summary>The keys of the first level that differ: enough for a log, which must not hold secrets.</summary>
    private static string ChangedKeys(JsonObject before, JsonObject after)
    {
        List<string> keys = [.. before.Select(p => p.Key).Union(after.Select(p => p.Key)).Where(k => !JsonNode.DeepEquals(before[k], after[k])).Take(20)];
        return keys.Count == 0 ? "nothing" : string.Join(", ", keys);
    }
}
