using System.Buffers.Binary;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>
/// Reads consensus-serialized data. Never reads past the end; remembers the first thing that was wrong.
/// After a failure every read returns an empty value, so that a parser needs to look at <see cref="Fault"/> only at its ends.
/// </summary>
internal struct ByteReader(ReadOnlyMemory<byte> source)
{
    private readonly ReadOnlyMemory<byte> _source = source;

    public int Position { get; private set; }

    public string? Fault { get; private set; }

    public readonly bool Ok => Fault is null;

    public readonly int Remaining => _source.Length - Position;

    public readonly byte Peek(int offset) => offset < Remaining ? _source.Span[Position + offset] : (byte)0;

    public void Fail(string field, string what) => Fault ??= $"{field}: {what} at byte {Position}";

    public ReadOnlyMemory<byte> Bytes(int length, string field)
    {
        if (!Ok)
            return default;
        if (length > Remaining)
        {
            Fail(field, $"{length} bytes needed, {Remaining} left");
            return default;
        }
        ReadOnlyMemory<byte> bytes = _source.Slice(Position, length);
        Position += length;
        return bytes;
    }

    public byte U8(string field) => Bytes(1, field) is { IsEmpty: false } bytes ? bytes.Span[0] : (byte)0;

    public uint U32(string field) =>
        Bytes(sizeof(uint), field) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span) : 0;

    public ulong U64(string field) =>
        Bytes(sizeof(ulong), field) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span) : 0;

    public U256 U256(string field) =>
        Bytes(Sha256d.HashSize, field) is { IsEmpty: false } bytes ? Protocol.U256.FromWire(bytes.Span) : default;

    /// <summary>
    /// Reads a count of items, each of which takes at least <paramref name="itemBytesMin"/> bytes. A count that the
    /// remaining bytes cannot hold is refused here, before anyone reserves memory for it.
    /// </summary>
    public int Count(int itemBytesMin, string field)
    {
        if (!Ok)
            return 0;
        if (!CompactSize.TryRead(_source.Span[Position..], out ulong value, out int size))
        {
            Fail(field, "count is cut off or not in its shortest form");
            return 0;
        }
        Position += size;
        if (value <= (ulong)(Remaining / itemBytesMin))
            return (int)value;
        Fail(field, $"count {value} does not fit the {Remaining} bytes left");
        return 0;
    }

    public ByteString VarBytes(string field) => ByteString.Wrap(Bytes(Count(1, field), field));
}
