namespace Sv2.ControlPlane.Metrics;

/// <summary>The sum, or the buckets, of one set of tags.</summary>
internal sealed class Series(KeyValuePair<string, object?>[] tags, int buckets)
{
    private readonly int _hash = HashOf(tags);
    private readonly long[] _buckets = new long[buckets];
    private double _value;

    public IReadOnlyList<KeyValuePair<string, object?>> Tags => tags;

    /// <summary>Sum of what was measured, or the last value.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <summary>Measurements in each bucket, not cumulative; the last is the one without bound.</summary>
    public long[] Buckets() => [.. Enumerable.Range(0, _buckets.Length).Select(i => Volatile.Read(ref _buckets[i]))];

    public static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = default(HashCode);
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            hash.Add(tag.Key);
            hash.Add(tag.Value);
        }

        return hash.ToHashCode();
    }

    public bool Is(int hash, ReadOnlySpan<KeyValuePair<string, object?>> other)
    {
        if (hash != _hash || other.Length != tags.Length)
            return false;
        for (int i = 0; i < tags.Length; i++)
        {
            if (tags[i].Key != other[i].Key || !Equals(tags[i].Value, other[i].Value))
                return false;
        }

        return true;
    }

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double value)
    {
        double seen = Volatile.Read(ref _value);
        while (true)
        {
            double found = Interlocked.CompareExchange(ref _value, seen + value, seen);
            if (found.Equals(seen))
                return;
            seen = found;
        }
    }

    public void Observe(double value, double[] bounds)
    {
        int bucket = Array.BinarySearch(bounds, value);
        Interlocked.Increment(ref _buckets[bucket >= 0 ? bucket : ~bucket]);
        Add(value);
    }
}
