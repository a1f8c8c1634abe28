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
    public async ValueTask<Page<BlockInfo>> ListBlocksAsync(ListQuery query, CancellationToken cancellationToken = default)
    {
        // Two roles know one block, so the parts are joined before the page is cut.
        ListQuery beginning = query with { Offset = 0, Limit = query.Offset + query.Limit };
        var blocks = new List<BlockInfo>();
        long total = 0;
        foreach ((string instance, IBlockSource source) in Sources<IBlockSource>(query))
        {
            Page<BlockInfo> part = await source.ListBlocksAsync(beginning, cancellationToken).ConfigureAwait(false);
            blocks.AddRange(part.Items.Select(b => b with { Instance = instance }));
            total = Math.Max(total, part.Total);
        }

        List<BlockInfo> joined = [.. blocks.GroupBy(b => b.Hash).Select(Join).OrderByDescending(b => b.Height).ThenByDescending(b => b.Time)];
        return new Page<BlockInfo>([.. joined.Skip(query.Offset).Take(query.Limit)], Math.Max(total, joined.Count));
    }

    /// <summary>One block from what several roles know: who found it from the one, what became of it from the other.</summary>
    private static BlockInfo Join(IEnumerable<BlockInfo> views)
    {
        List<BlockInfo> all = [.. views.OrderByDescending(b => b.Finder is not null)];
        BlockInfo latest = all.MaxBy(b => b.State)!;
        return all[0] with
        {
            State = latest.State,
            Reason = latest.Reason,
            TransactionCount = all.Select(b => b.TransactionCount).FirstOrDefault(c => c is not null),
            Difficulty = all.Select(b => b.Difficulty).FirstOrDefault(d => d is not null),
        };
    }

    private async ValueTask<Page<T>> GatherAsync<TSource, T>(ListQuery query, Func<TSource, ListQuery, ValueTask<Page<T>>> list, Func<T, string, T> mark)
        where TSource : class
    {
        var items = new List<T>();
        long total = 0;
        foreach ((string instance, TSource source) in Sources<TSource>(query))
        {
            // Sources follow one another: skip whole ones, then take what is still wanted.
            ListQuery part = query with
            {
                Offset = (int)Math.Max(0, query.Offset - total),
                Limit = query.Limit - items.Count,
            };
            Page<T> page = await list(source, part).ConfigureAwait(false);
            items.AddRange(page.Items.Take(part.Limit).Select(item => mark(item, instance)));
            total += page.Total;
        }

        return new Page<T>(items, total);
    }

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
