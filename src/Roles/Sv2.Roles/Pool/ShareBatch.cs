using System.Buffers;

namespace Sv2.Roles.Pool;

/// <summary>
/// Shares of one read that wait for one another, so that they are hashed side by side. Holds copies, in buffers that it has only
/// while something waits: a connection at rest costs nothing.
/// </summary>
internal sealed class ShareBatch
{
    /// <summary>Most shares that wait.</summary>
    public const int SharesMax = 64;

    /// <summary>Longest share that is worth copying: one with a worker's name and other TLVs.</summary>
    private const int ShareBytesMax = 256;

    private const int Capacity = 8 * 1024;

    private byte[] _payloads = [];
    private int[] _lengths = [];
    private int _bytes;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Payloads => _payloads.AsSpan(0, _bytes);

    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, Count);

    /// <summary>Takes a copy; false when it is too long for that, or when no more can wait.</summary>
    public bool TryAdd(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > ShareBytesMax || Count == SharesMax || _bytes + payload.Length > Capacity) return false;
        if (Count == 0)
        {
            _payloads = ArrayPool<byte>.Shared.Rent(Capacity);
            _lengths = ArrayPool<int>.Shared.Rent(SharesMax);
        }

        payload.CopyTo(_payloads.AsSpan(_bytes));
        _bytes += payload.Length;
        _lengths[Count++] = payload.Length;
        return true;
    }

    public void Clear()
    {
        if (Count == 0) return;
        ArrayPool<byte>.Shared.Return(_payloads);
        ArrayPool<int>.Shared.Return(_lengths);
        (_payloads, _lengths) = ([], []);
        Count = _bytes = 0;
    }
}
