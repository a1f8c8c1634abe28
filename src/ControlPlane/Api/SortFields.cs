using System.Diagnostics.CodeAnalysis;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>The fields that a list can be ordered by.</summary>
internal sealed class SortFields<T>
{
    private readonly Dictionary<string, Func<IEnumerable<T>, bool, IOrderedEnumerable<T>>> _fields = new(StringComparer.Ordinal);

    /// <summary>Adds a field; texts are compared ignoring case.</summary>
    public SortFields<T> By<TKey>(string name, Func<T, TKey> key)
    {
        IComparer<TKey>? comparer = typeof(TKey) == typeof(string) ? (IComparer<TKey>)(object)StringComparer.OrdinalIgnoreCase : null;
        _fields[name] = (items, descending) => descending ? items.OrderByDescending(key, comparer) : items.OrderBy(key, comparer);
        return this;
    }

    /// <summary>Orders items as a request wants them; as they are where it says nothing.</summary>
    /// <exception cref="ConfigurationException">There is no such field.</exception>
    public IEnumerable<T> Apply(IEnumerable<T> items, string? sort) =>
        TryFind(sort, out Func<IEnumerable<T>, IOrderedEnumerable<T>>? order) ? order(items) : items;

    /// <summary>Finds an order; false where a request says nothing of one.</summary>
    /// <exception cref="ConfigurationException">There is no such field.</exception>
    public bool TryFind(string? sort, [NotNullWhen(true)] out Func<IEnumerable<T>, IOrderedEnumerable<T>>? order)
    {
        order = null;
        if (string.IsNullOrEmpty(sort))
            return false;
        bool descending = sort[0] == '-';
        string name = descending ? sort[1..] : sort;
        if (!_fields.TryGetValue(name, out Func<IEnumerable<T>, bool, IOrderedEnumerable<T>>? field))
            throw new ConfigurationException("sort", $"'{Problems.Shown(name)}' is not a field to order by", $"choose one of: {string.Join(", ", _fields.Keys)}; with a hyphen before it, the largest first");
        order = items => field(items, descending);
        return true;
    }
}
