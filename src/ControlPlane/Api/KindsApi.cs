using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Sv2.ControlPlane.Security;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Api;

/// <summary>A kind of role, with all that a form needs.</summary>
/// <param name="Name">Its name in configurations.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Schema">JSON schema of its configuration.</param>
/// <param name="Example">A configuration to start from.</param>
public sealed record KindView(string Name, string Summary, JsonObject Schema, JsonNode? Example)
{
    internal static KindView Of(IRoleKind kind) => new(
        kind.Name,
        kind.Summary,
        OptionsSchema.Of(kind),
        JsonSerializer.SerializeToNode(kind.Example, kind.OptionsType, RoleJson.Configuration));
}

/// <summary>The kinds of roles that can be created.</summary>
internal static class KindsApi
{
    public static void MapKinds(this RouteGroupBuilder api)
    {
        RouteGroupBuilder kinds = api.MapGroup("/kinds").WithTags("Kinds").IsFigure();
        kinds.MapGet("/", List).WithName("listKinds").WithSummary("Lists the kinds of roles with schema and example.");
        kinds.MapGet("/{kind}", Get).WithName("getKind").WithSummary("Shows one kind.").Fails(StatusCodes.Status404NotFound);
        kinds.MapPost("/{kind}/check", Check).WithName("checkConfiguration").WithSummary("Checks a configuration without storing it.")
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound).IsNoChange();
    }

    /// <exception cref="RoleNotFoundException">There is no such kind.</exception>
    public static IRoleKind Find(IRoleHost host, string name) =>
        host.Kinds.FirstOrDefault(k => k.Name == name) ?? throw new RoleNotFoundException(name, "kind of role");

    private static Ok<List<KindView>> List(IRoleHost host) => TypedResults.Ok(host.Kinds.Select(KindView.Of).ToList());

    private static Ok<KindView> Get(string kind, IRoleHost host) => TypedResults.Ok(KindView.Of(Find(host, kind)));

    private static NoContent Check(string kind, RoleUpdate update, IRoleHost host)
    {
        OptionsBinder.Bind(Find(host, kind), update.Configuration);
        return TypedResults.NoContent();
    }
}
