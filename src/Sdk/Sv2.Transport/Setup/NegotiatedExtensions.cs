namespace Sv2.Transport.Setup;

/// <summary>The extensions two peers have agreed on (extension 0x0001). Safe to read from any thread.</summary>
public sealed class NegotiatedExtensions
{
    private ushort[] _extensions = [];

    /// <summary>The numbers, ascending.</summary>
    public IReadOnlyList<ushort> List => Volatile.Read(ref _extensions);

    /// <summary>Whether <paramref name="extension"/> may be used.</summary>
    public bool Contains(ushort extension) => Volatile.Read(ref _extensions).AsSpan().Contains(extension);

    /// <summary>
    /// Forgets what was agreed: to be called on <c>ChannelEndpointChanged</c> (§3.6.4), after which nothing of an
    /// extension may be sent until it is negotiated again.
    /// </summary>
    public void Reset() => Set([]);

    /// <inheritdoc />
    public override string ToString() => "[" + string.Join(", ", List.Select(extension => $"0x{extension:x4}")) + "]";

    internal void Set(IEnumerable<ushort> extensions)
    {
        ushort[] sorted = [.. extensions.Distinct().Order()];
        Volatile.Write(ref _extensions, sorted);
    }
}
