using Microsoft.Extensions.Logging;
using Sv2.Roles.Hosting;
using Sv2.Roles.Orleans.Grains;
using Sv2.Roles.Orleans.Queries;

namespace Sv2.Roles.Orleans;

/// <content>What the instances can show, each asked on its own silo, put together.</content>
public sealed partial class OrleansRoleHost
{
    /// <inheritdoc/>
    public ValueTask<Page<ChannelInfo>> ListChannelsAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync(query, (silo, part) => silo.ListChannelsAsync(part), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<WorkerInfo>> ListWorkersAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync(query, (silo, part) => silo.ListWorkersAsync(part), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync(query, (silo, part) => silo.ListTemplatesAsync(part), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync(query, (silo, part) => silo.ListDeclarationsAsync(part), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<TokenInfo>> ListTokensAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync(query, (silo, part) => silo.ListTokensAsync(part), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Page<BlockInfo>> ListBlocksAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        await InstancePages.GatherBlocksAsync(
            await OwnedAsync(query, cancellationToken).ConfigureAwait(false),
            query,
            (view, part) => AskAsync(view, part, static (silo, asked) => silo.ListBlocksAsync(asked), cancellationToken)).ConfigureAwait(false);

    private async ValueTask<Page<T>> GatherAsync<T>(ListQuery query, Func<ISiloQueries, ListQuery, Task<Page<T>>> list, CancellationToken cancellationToken) =>
        await InstancePages.GatherAsync(
            await OwnedAsync(query, cancellationToken).ConfigureAwait(false),
            query,
            (view, part) => AskAsync(view, part, list, cancellationToken)).ConfigureAwait(false);

    private async Task<IEnumerable<RoleView>> OwnedAsync(ListQuery query, CancellationToken cancellationToken) =>
        (await ViewsAsync(cancellationToken).ConfigureAwait(false))
            .Where(view => view.OwnerAddress is not null && (query.Instance is null || query.Instance == view.Definition.Name));

    /// <summary>Asks an instance on its silo. A silo that does not answer has nothing to show: the others still do.</summary>
    private async ValueTask<Page<T>> AskAsync<T>(
        RoleView view, ListQuery part, Func<ISiloQueries, ListQuery, Task<Page<T>>> list, CancellationToken cancellationToken)
    {
        try
        {
            return await list(_queries.Of(view.OwnerAddress!), part with { Instance = view.Definition.Name }).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not RoleException)
        {
            LogSilent(_log, view.Owner!, view.Definition.Name, e.Message);
            return Page<T>.Empty;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Silo {Silo} did not answer for {Role}: {Reason}")]
    private static partial void LogSilent(ILogger log, string silo, string role, string reason);
}
