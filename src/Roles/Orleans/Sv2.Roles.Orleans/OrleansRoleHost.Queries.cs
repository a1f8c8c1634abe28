using Microsoft.Extensions.Logging;
using Sv2.Roles.Hosting;
using Sv2.Roles.Orleans.Grains;
using Sv2.Roles.Orleans.Silos;

namespace Sv2.Roles.Orleans;

/// <content>What the instances can show, each asked on its own silo, put together.</content>
internal sealed partial class OrleansRoleHost
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
    public ValueTask<Page<JobInfo>> ListJobsAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync(query, (silo, part) => silo.ListJobsAsync(part), cancellationToken);

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

    /// <inheritdoc/>
    public async ValueTask<TemplateDetail?> GetTemplateAsync(string instance, ulong templateId, CancellationToken cancellationToken = default) =>
        await FindAsync(instance, cancellationToken).ConfigureAwait(false) is { OwnerAddress: { } owner }
            ? await _silos.Of(owner).GetTemplateAsync(instance, templateId).WaitAsync(cancellationToken).ConfigureAwait(false)
            : null;

    private async ValueTask<Page<T>> GatherAsync<T>(ListQuery query, Func<ISiloRoles, ListQuery, Task<Page<T>>> list, CancellationToken cancellationToken) =>
        await InstancePages.GatherAsync(
            await OwnedAsync(query, cancellationToken).ConfigureAwait(false),
            query,
            (view, part) => AskAsync(view, part, list, cancellationToken)).ConfigureAwait(false);

    private async Task<IEnumerable<RoleView>> OwnedAsync(ListQuery query, CancellationToken cancellationToken) =>
        (await ViewsAsync(cancellationToken).ConfigureAwait(false))
            .Where(view => view.OwnerAddress is not null && (query.Instance is null || query.Instance == view.Definition.Name));

    /// <summary>Asks an instance on its silo. A silo that does not answer has nothing to show: the others still do.</summary>
    private async ValueTask<Page<T>> AskAsync<T>(
        RoleView view, ListQuery part, Func<ISiloRoles, ListQuery, Task<Page<T>>> list, CancellationToken cancellationToken)
    {
        try
        {
            return await list(_silos.Of(view.OwnerAddress!), part with { Instance = view.Definition.Name }).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not RoleException)
        {
            LogSilent(_log, view.Owner!, e.Message);
            return Page<T>.Empty;
        }
    }

    /// <summary>Asks each silo that owns one of the roles something, all at once. One that does not answer is left out.</summary>
    private async Task<IReadOnlyList<(string Owner, T Item)>> AskOwnersAsync<T>(IEnumerable<RoleView> views, Func<ISiloRoles, Task<T[]>> ask)
    {
        IEnumerable<(string, T)>[] answers = await Task.WhenAll(views.Where(view => view.OwnerAddress is not null).DistinctBy(view => view.OwnerAddress).Select(async view =>
        {
            try
            {
                return (await ask(_silos.Of(view.OwnerAddress!)).ConfigureAwait(false)).Select(item => (view.OwnerAddress!, item));
            }
            catch (Exception e) when (e is not OperationCanceledException and not RoleException)
            {
                LogSilent(_log, view.Owner!, e.Message);
                return [];
            }
        })).ConfigureAwait(false);
        return [.. answers.SelectMany(answer => answer)];
    }

    [LoggerMessage(LogLevel.Debug, "Silo {Silo} did not answer for its roles: {Reason}")]
    private static partial void LogSilent(ILogger log, string silo, string reason);
}
