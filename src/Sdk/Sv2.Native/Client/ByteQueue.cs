namespace Sv2.Native.Client;

/// <summary>Bytes in the order in which they came: added at the end, taken from the front, never more than the limit.</summary>
internal sealed class ByteQueue(int bytesMax)
{
    private const int FirstSize = 1024;

    private byte[] _bytes = [];
    private int _start;

    public int Length { get; private set; }

    public int Room => bytesMax - Length;

    public Span<byte> Content => _bytes.AsSpan(_start, Length);

    /// <summary>Adds as many bytes as there is room for, and says how many.</summary>
    public int Add(ReadOnlySpan<byte> bytes)
    {
        var taken = Math.Min(bytes.Length, Room);
        bytes[..taken].CopyTo(Extend(taken));
        return taken;
    }

    /// <summary>Makes room at the end and hands it out to be written to. The caller has looked at <see cref="Room"/>.</summary>
    public Span<byte> Extend(int count)
    {
        if (_start + Length + count > _bytes.Length)
            Make(count);
        var added = _bytes.AsSpan(_start + Length, count);
        Length += count;
        return added;
    }

    public void Remove(int count)
    {
        _start += count;
        Length -= count;
        if (Length == 0)
            _start = 0;
    }

    public void Clear()
    {
        _bytes = [];
        _start = 0;
        Length = 0;
    }

    private void Make(int count)
    {
        var target = _bytes;
        if (Length + count > target.Length)
            target = new byte[Math.Max(Length + count, Math.Min(bytesMax, Math.Max(FirstSize, 2 * target.Length)))];
        Content.CopyTo(target);
        _bytes = target;
        _start = 0;
    }
}
