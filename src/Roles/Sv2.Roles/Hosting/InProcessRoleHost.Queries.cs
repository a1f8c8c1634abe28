namespace Sv2.Roles.Hosting;

/// <content>What the instances can show, put together.</content>
public sealed partial class InProcessRoleHost
{
    /// <inheritdoc/>
    public ValueTask<Page<ChannelInfo>> ListChannelsAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync<IChannelSource, ChannelInfo>(
            query,
            (source, part) => source.ListChannelsAsync(part, cancellationToken),
            (item, instance) => item with { Instance = instance });

    /// <inheritdoc/>
    public ValueTask<Page<WorkerInfo>> ListWorkersAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync<IWorkerSource, WorkerInfo>(
            query,
            (source, part) => source.ListWorkersAsync(part, cancellationToken),
            (item, instance) => item with { Instance = instance });

    /// <inheritdoc/>
    public ValueTask<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync<ITemplateSource, TemplateInfo>(
            query,
            (source, part) => source.ListTemplatesAsync(part, cancellationToken),
            (item, instance) => item with { Instance = instance });

    /// <inheritdoc/>
    public ValueTask<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync<IDeclarationSource, DeclarationInfo>(
            query,
            (source, part) => source.ListDeclarationsAsync(part, cancellationToken),
            (item, instance) => item with { Instance = instance });

    /// <inheritdoc/>
    public ValueTask<Page<TokenInfo>> ListTokensAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync<IDeclarationSource, TokenInfo>(
            query,
            (source, part) => source.ListTokensAsync(part, cancellationToken),
            (item, instance) => item with { Instance = instance });

    /// <inheritdoc/>
    public ValueTask<Page<BlockInfo>> ListBlocksAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        InstancePages.GatherBlocksAsync(
            Sources<IBlockSource>(query),
            query,
            async (from, part) => Mark(
                await from.Source.ListBlocksAsync(part, cancellationToken).ConfigureAwait(false),
                item => item with { Instance = from.Instance }));

    /// <summary>The running role of an instance, for a host that asks it on behalf of others; null while it does not run.</summary>
    public IRole? FindRunning(string name) => _instances.GetValueOrDefault(name)?.Running;

    /// <inheritdoc/>
    public ValueTask<TemplateDetail?> GetTemplateAsync(string instance, ulong templateId, CancellationToken cancellationToken = default) =>
        Find(instance).Running is ITemplateSource source
            ? MarkedAsync(source, instance, templateId, cancellationToken)
            : ValueTask.FromResult<TemplateDetail?>(null);

    /// <inheritdoc/>
    public ValueTask<Page<JobInfo>> ListJobsAsync(ListQuery query, CancellationToken cancellationToken = default) =>
        GatherAsync<IJobSource, JobInfo>(
            query,
            (source, part) => source.ListJobsAsync(part, cancellationToken),
            (item, instance) => item with { Instance = instance });

    private static async ValueTask<TemplateDetail?> MarkedAsync(ITemplateSource source, string instance, ulong templateId, CancellationToken cancellationToken) =>
        await source.GetTemplateAsync(templateId, cancellationToken).ConfigureAwait(false) is { } detail
            ? detail with { Template = detail.Template with { Instance = instance } }
            : null;

    private ValueTask<Page<T>> GatherAsync<TSource, T>(ListQuery query, Func<TSource, ListQuery, ValueTask<Page<T>>> list, Func<T, string, T> mark)
        where TSource : class =>
        InstancePages.GatherAsync(
            Sources<TSource>(query),
            query,
            async (from, part) => Mark(await list(from.Source, part).ConfigureAwait(false), item => mark(item, from.Instance)));

    private static Page<T> Mark<T>(Page<T> page, Func<T, T> mark) => page with { Items = [.. page.Items.Select(mark)] };

    private IEnumerable<(string Instance, TSource Source)> Sources<TSource>(ListQuery query)
        where TSource : class
    {
        foreach (RoleSupervisor supervisor in Ordered())
        {
            string name = supervisor.Definition.Name;
            if ((query.Instance is null || query.Instance == name) && supervisor.Running is TSource source)
                yield return (name, source);
        }
    }
}
