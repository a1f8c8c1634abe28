using System.Collections.Concurrent;

namespace Sv2.ControlPlane.Api;

/// <summary>
/// A list as it was at one moment. Many ask for parts of it, in a few orders: each order is made when somebody first asks for
/// it, once for all.
/// </summary>
/// <param name="items">The list in its own order; it does not change any more.</param>
internal sealed class Snapshot<T>(IReadOnlyList<T> items)
{
    // No more of them than a list has fields, twice: a sort that is no order never gets here.
    private readonly ConcurrentDictionary<string, Lazy<IReadOnlyList<T>>> _orders = new(StringComparer.Ordinal);

    /// <summary>The list in its own order.</summary>
    public IReadOnlyList<T> Items => items;

    /// <summary>The whole list as a request wants it ordered.</summary>
    /// <exception cref="Roles.ConfigurationException">There is no such field.</exception>
    public IReadOnlyList<T> OrderedBy(SortFields<T> fields, string? sort) =>
        fields.TryFind(sort, out Func<IEnumerable<T>, IOrderedEnumerable<T>>? order)
            ? _orders.GetOrAdd(sort!, static (_, make) => new(() => [.. make.order(make.items)]), (order, items)).Value
            : items;
}
