using System.Buffers.Binary;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>Writes consensus-serialized data into a span whose size the caller worked out before.</summary>
internal ref struct ByteWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Position { get; private set; }

    public void U8(byte value) => _destination[Position++] = value;

    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_destination[Position..], value);
        Position += sizeof(uint);
    }

    public void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_destination[Position..], value);
        Position += sizeof(ulong);
    }

    public void U256(in U256 value)
    {
        value.CopyTo(_destination[Position..]);
        Position += Sha256d.HashSize;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[Position..]);
        Position += bytes.Length;
    }

    public void Count(int count) => Position += CompactSize.Write(_destination[Position..], (ulong)count);

    public void VarBytes(ReadOnlySpan<byte> bytes)
    {
        Count(bytes.Length);
        Bytes(bytes);
    }
}
