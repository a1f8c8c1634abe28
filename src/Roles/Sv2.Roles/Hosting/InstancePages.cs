namespace Sv2.Roles.Hosting;

/// <summary>
/// Puts one page together from what several instances list, as if their lists stood one after another. Every host does it,
/// whether its instances are in this process or on other machines.
/// </summary>
public static class InstancePages
{
    /// <summary>Skips whole lists until the page begins, then takes from each what is still wanted.</summary>
    /// <param name="instances">The instances in their order.</param>
    /// <param name="query">Which part of the whole.</param>
    /// <param name="list">Gives a part of one instance's list.</param>
    public static async ValueTask<Page<T>> GatherAsync<TInstance, T>(
        IEnumerable<TInstance> instances, ListQuery query, Func<TInstance, ListQuery, ValueTask<Page<T>>> list)
    {
        var items = new List<T>();
        long total = 0;
        foreach (TInstance instance in instances)
        {
            ListQuery part = query with
            {
                Offset = (int)Math.Max(0, query.Offset - total),
                Limit = query.Limit - items.Count,
            };
            Page<T> page = await list(instance, part).ConfigureAwait(false);
            items.AddRange(page.Items.Take(part.Limit));
            total += page.Total;
        }

        return new Page<T>(items, total);
    }

    /// <summary>As <see cref="GatherAsync"/> for blocks: two roles know one block, so the parts are joined before the page is cut.</summary>
    /// <param name="instances">The instances in their order.</param>
    /// <param name="query">Which part of the whole.</param>
    /// <param name="list">Gives a part of one instance's list.</param>
    public static async ValueTask<Page<BlockInfo>> GatherBlocksAsync<TInstance>(
        IEnumerable<TInstance> instances, ListQuery query, Func<TInstance, ListQuery, ValueTask<Page<BlockInfo>>> list)
    {
        ListQuery beginning = query with { Offset = 0, Limit = query.Offset + query.Limit };
        var blocks = new List<BlockInfo>();
        long total = 0;
        foreach (TInstance instance in instances)
        {
            Page<BlockInfo> part = await list(instance, beginning).ConfigureAwait(false);
            blocks.AddRange(part.Items);
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
}
