namespace Sv2.Roles;

/// <summary>Which part of a list is wanted.</summary>
public sealed record ListQuery
{
    /// <summary>Most items that one page may have.</summary>
    public const int LimitMax = 1000;

    /// <summary>The whole beginning of a list, up to a page's limit.</summary>
    public static readonly ListQuery First = new() { Limit = LimitMax };

    /// <summary>How many items to leave out at the beginning.</summary>
    public int Offset { get; init; }

    /// <summary>At most this many items.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Only items whose text contains this, ignoring case; null for all.</summary>
    public string? Search { get; init; }

    /// <summary>Only items of this role instance; null for all. Sources need not look at it: the host does.</summary>
    public string? Instance { get; init; }
}

/// <summary>A part of a list.</summary>
/// <param name="Items">The items of this part, in the list's order.</param>
/// <param name="Total">How many there are in the whole list that match the search.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, long Total)
{
    /// <summary>No items.</summary>
    public static readonly Page<T> Empty = new([], 0);
}

/// <summary>Makes pages.</summary>
public static class Page
{
    /// <summary>Cuts a page out of a list in memory.</summary>
    /// <param name="all">The whole list, in its order.</param>
    /// <param name="query">Which part.</param>
    /// <param name="text">The text of an item that <see cref="ListQuery.Search"/> looks through.</param>
    public static Page<T> Of<T>(IEnumerable<T> all, ListQuery query, Func<T, string> text)
    {
        if (!string.IsNullOrEmpty(query.Search))
            all = all.Where(item => text(item).Contains(query.Search, StringComparison.OrdinalIgnoreCase));
        if (all is IReadOnlyList<T> list)
            return new Page<T>([.. list.Skip(query.Offset).Take(query.Limit)], list.Count);
        // Looked through once, and nothing kept but the page.
        var items = new List<T>();
        long total = 0;
        foreach (T item in all)
        {
            if (total++ >= query.Offset && items.Count < query.Limit)
                items.Add(item);
        }

        return new Page<T>(items, total);
    }
}
