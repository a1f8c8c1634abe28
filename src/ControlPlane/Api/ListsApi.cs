using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sv2.ControlPlane.Security;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>What the roles have: blocks, channels, declarations, upstreams.</summary>
internal static class ListsApi
{
    private const int BlocksFilteredMax = 100_000;

    private static readonly SortFields<ChannelInfo> ChannelFields = new SortFields<ChannelInfo>()
        .By("connectionId", c => c.ConnectionId).By("channelId", c => c.ChannelId).By("userIdentity", c => c.UserIdentity).By("device", c => c.Device ?? "")
        .By("hashRate", c => c.HashRate).By("nominalHashRate", c => c.NominalHashRate).By("difficulty", c => c.Difficulty)
        .By("sharesAccepted", c => c.SharesAccepted).By("sharesRejected", c => c.SharesRejected)
        .By("openedAt", c => c.OpenedAt).By("lastShareAt", c => c.LastShareAt);

    public static void MapLists(this RouteGroupBuilder api)
    {
        RouteGroupBuilder mining = api.MapGroup("").WithTags("Mining");
        mining.MapGet("/blocks", ListBlocksAsync).WithName("listBlocks").WithSummary("Blocks found, the newest first.")
            .IsFigure().Fails(StatusCodes.Status400BadRequest);
        mining.MapGet("/blocks/{hash}", GetBlockAsync).WithName("getBlock").WithSummary("One block by its hash as displayed.")
            .IsFigure().Fails(StatusCodes.Status404NotFound);
        mining.MapGet("/channels", ListChannelsAsync).WithName("listChannels").WithSummary("Open mining channels.")
            .Needs(Scope.Read).Fails(StatusCodes.Status400BadRequest);
        mining.MapGet("/upstreams", ListUpstreamsAsync).WithName("listUpstreams").WithSummary("The peers that roles connect to: state, reason, latency, shares.")
            .Needs(Scope.Read).Fails(StatusCodes.Status400BadRequest);

        RouteGroupBuilder declaration = api.MapGroup("").WithTags("Job declaration");
        declaration.MapGet("/declarations", async Task<Ok<Page<DeclarationInfo>>> ([AsParameters] ListParameters part, IRoleHost host, CancellationToken cancellationToken) =>
                TypedResults.Ok(await host.ListDeclarationsAsync(part.ToQuery(), cancellationToken)))
            .WithName("listDeclarations").WithSummary("Jobs that miners declared, the newest first.")
            .Needs(Scope.Read).Fails(StatusCodes.Status400BadRequest);
        declaration.MapGet("/mining-job-tokens", async Task<Ok<Page<TokenInfo>>> ([AsParameters] ListParameters part, IRoleHost host, CancellationToken cancellationToken) =>
                TypedResults.Ok(await host.ListTokensAsync(part.ToQuery(), cancellationToken)))
            .WithName("listMiningJobTokens").WithSummary("Mining job tokens that can still be used; their fingerprints, never the tokens.")
            .Needs(Scope.Read).Fails(StatusCodes.Status400BadRequest);
    }

    private static async Task<Ok<Page<BlockInfo>>> ListBlocksAsync(
        [AsParameters] ListParameters part,
        [FromQuery, Description("Only blocks in this state.")] QueryEnum<BlockState>? state,
        IRoleHost host, CancellationToken cancellationToken)
    {
        ListQuery query = part.ToQuery();
        if (state is null)
            return TypedResults.Ok(await host.ListBlocksAsync(query, cancellationToken));
        // Roles do not filter by state, and what two of them know is one block only once it is joined.
        Page<BlockInfo> all = await host.ListBlocksAsync(query with { Offset = 0, Limit = BlocksFilteredMax }, cancellationToken);
        return TypedResults.Ok(Page.Of(all.Items.Where(b => b.State == state.Value.Value), query with { Search = null }, b => b.Hash));
    }

    private static async Task<Ok<BlockInfo>> GetBlockAsync(string hash, IRoleHost host, CancellationToken cancellationToken)
    {
        string wanted = hash.ToLowerInvariant();
        Page<BlockInfo> found = wanted.Length == 64 && wanted.All(char.IsAsciiHexDigit)
            ? await host.ListBlocksAsync(new ListQuery { Search = wanted, Limit = 10 }, cancellationToken)
            : Page<BlockInfo>.Empty;
        return TypedResults.Ok(found.Items.FirstOrDefault(b => b.Hash == wanted) ?? throw new RoleNotFoundException(Problems.Shown(hash), "block"));
    }

    private static async Task<Ok<Page<ChannelInfo>>> ListChannelsAsync(
        [AsParameters] SortedListParameters part,
        [FromQuery, Description("Only channels of this kind: standard or extended.")] string? kind,
        MiningBoard board, CancellationToken cancellationToken)
    {
        ListQuery query = part.ToQuery();
        if (kind is not (null or "standard" or "extended"))
            throw new ConfigurationException("kind", $"'{Problems.Shown(kind)}' is not a kind of channel", "choose standard or extended");
        IEnumerable<ChannelInfo> channels = (await board.ChannelsAsync(cancellationToken)).OrderedBy(ChannelFields, part.Sort);
        if (query.Instance is { } instance)
            channels = channels.Where(c => c.Instance == instance);
        if (kind is not null)
            channels = channels.Where(c => c.Kind == kind);
        return TypedResults.Ok(Page.Of(channels, query, c => $"{c.UserIdentity} {c.RemoteAddress} {c.Device}"));
    }

    private static async Task<Ok<Page<UpstreamView>>> ListUpstreamsAsync([AsParameters] ListParameters part, IRoleHost host, CancellationToken cancellationToken)
    {
        ListQuery query = part.ToQuery();
        IEnumerable<UpstreamView> upstreams =
            from status in await host.ListAsync(cancellationToken)
            where query.Instance is null || status.Definition.Name == query.Instance
            from upstream in status.Report?.Upstreams ?? []
            select UpstreamView.Of(status.Definition.Name, upstream);
        return TypedResults.Ok(Page.Of(upstreams, query, u => $"{u.Instance} {u.Address} {u.Protocol} {u.Reason}"));
    }
}
