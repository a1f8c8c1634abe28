using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>Which part of a list a request wants.</summary>
internal sealed record ListParameters
{
    [FromQuery, Description("How many items to leave out at the beginning.")]
    public int? Offset { get; init; }

    [FromQuery, Description("At most this many items, 1 to 1000; 100 if not given.")]
    public int? Limit { get; init; }

    [FromQuery, Description("Only items whose text contains this, ignoring case.")]
    public string? Search { get; init; }

    [FromQuery, Description("Only items of this role instance.")]
    public string? Instance { get; init; }

    /// <exception cref="ConfigurationException">A number is outside its limits.</exception>
    public ListQuery ToQuery()
    {
        const int offsetMax = 10_000_000;
        var query = new ListQuery { Offset = Offset ?? 0, Limit = Limit ?? 100, Search = Search, Instance = Instance };
        if (query.Offset is < 0 or > offsetMax)
            throw new ConfigurationException("offset", $"{query.Offset} is outside the limits", $"choose 0 to {offsetMax}");
        if (query.Limit is < 1 or > ListQuery.LimitMax)
            throw new ConfigurationException("limit", $"{query.Limit} is outside the limits", $"choose 1 to {ListQuery.LimitMax}");
        return query;
    }
}

/// <summary>What the roles have: blocks, channels, workers, templates.</summary>
internal static class ListsApi
{
    public static void MapLists(this RouteGroupBuilder api)
    {
        api.MapGet("/blocks", async Task<Ok<Page<BlockInfo>>> ([AsParameters] ListParameters part, IRoleHost host, CancellationToken cancellationToken) =>
                TypedResults.Ok(await host.ListBlocksAsync(part.ToQuery(), cancellationToken)))
            .WithName("listBlocks").WithTags("Mining").WithSummary("Blocks found, the newest first.").Fails(StatusCodes.Status400BadRequest);
        api.MapGet("/channels", async Task<Ok<Page<ChannelInfo>>> ([AsParameters] ListParameters part, IRoleHost host, CancellationToken cancellationToken) =>
                TypedResults.Ok(await host.ListChannelsAsync(part.ToQuery(), cancellationToken)))
            .WithName("listChannels").WithTags("Mining").WithSummary("Open mining channels.").Fails(StatusCodes.Status400BadRequest);
        api.MapGet("/workers", async Task<Ok<Page<WorkerInfo>>> ([AsParameters] ListParameters part, IRoleHost host, CancellationToken cancellationToken) =>
                TypedResults.Ok(await host.ListWorkersAsync(part.ToQuery(), cancellationToken)))
            .WithName("listWorkers").WithTags("Mining").WithSummary("Workers with their shares.").Fails(StatusCodes.Status400BadRequest);
        api.MapGet("/templates", async Task<Ok<Page<TemplateInfo>>> ([AsParameters] ListParameters part, IRoleHost host, CancellationToken cancellationToken) =>
                TypedResults.Ok(await host.ListTemplatesAsync(part.ToQuery(), cancellationToken)))
            .WithName("listTemplates").WithTags("Mining").WithSummary("Block templates that are alive, the newest first.").Fails(StatusCodes.Status400BadRequest);
    }
}
