using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sv2.Protocol;

/// <summary>
/// A borrowed sequence of fixed-length elements inside a frame: <c>SEQ0_255[T]</c> or <c>SEQ0_64K[T]</c>.
/// Valid as long as the frame's bytes.
/// </summary>
/// <typeparam name="T">bool, byte, ushort, uint, ulong, float, <see cref="U256"/>, or an enumeration over one of them.</typeparam>
public readonly ref struct SeqView<T> where T : unmanaged
{
    private readonly ReadOnlySpan<byte> _elements;
    private readonly int _elementSize;

    internal SeqView(ReadOnlySpan<byte> elements, int elementSize)
    {
        _elements = elements;
        _elementSize = elementSize;
    }

    /// <summary>Number of elements.</summary>
    public int Count => _elementSize == 0 ? 0 : _elements.Length / _elementSize;

    /// <summary>Whether there are no elements.</summary>
    public bool IsEmpty => _elements.IsEmpty;

    /// <summary>The elements' bytes as received.</summary>
    public ReadOnlySpan<byte> Bytes => _elements;

    /// <summary>Reads one element.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside the sequence.</exception>
    public T this[int index] => FixedElement.Read<T>(_elements.Slice(index * _elementSize, _elementSize));

    /// <summary>Copies the elements into a list that owns them.</summary>
    public Seq<T> ToOwned()
    {
        if (IsEmpty) return default;
        T[] items = new T[Count];
        CopyTo(items);
        return items;
    }

    /// <summary>Copies the elements.</summary>
    /// <param name="destination">At least <see cref="Count"/> elements.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyTo(Span<T> destination)
    {
        if (destination.Length < Count)
            throw new ArgumentException($"The sequence has {Count} elements, the destination {destination.Length}.", nameof(destination));
        if (FixedElement.IsBlittable<T>(_elementSize))
        {
            _elements.CopyTo(MemoryMarshal.AsBytes(destination));
            return;
        }

        for (int i = 0; i < Count; i++) destination[i] = this[i];
    }

    /// <summary>Enumerates the elements without allocating.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Enumerates a <see cref="SeqView{T}"/>.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _elements;
        private readonly int _elementSize;
        private int _next;

        internal Enumerator(SeqView<T> view)
        {
            _elements = view._elements;
            _elementSize = view._elementSize;
        }

        /// <summary>The element the enumerator stands at; read anew at each call.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The enumerator stands before the first element.</exception>
        public readonly T Current => FixedElement.Read<T>(_elements.Slice(_next - _elementSize, _elementSize));

        /// <summary>Goes to the next element.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext()
        {
            if (_next >= _elements.Length) return false;
            _next += _elementSize;
            return true;
        }
    }
}

/// <summary>
/// A borrowed sequence of byte strings inside a frame, such as the transactions of <c>SEQ0_64K[B0_16M]</c>.
/// Valid as long as the frame's bytes.
/// </summary>
public readonly ref struct BytesSeqView
{
    private readonly ReadOnlySpan<byte> _elements;
    private readonly int _prefixSize;

    internal BytesSeqView(ReadOnlySpan<byte> elements, int count, int prefixSize)
    {
        _elements = elements;
        Count = count;
        _prefixSize = prefixSize;
    }

    /// <summary>Number of elements.</summary>
    public int Count { get; }

    /// <summary>Whether there are no elements.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>The elements' bytes as received, length prefixes included.</summary>
    public ReadOnlySpan<byte> Bytes => _elements;

    /// <summary>Copies the elements into a list that owns them.</summary>
    public Seq<ByteString> ToOwned()
    {
        if (IsEmpty) return default;
        ByteString[] items = new ByteString[Count];
        int index = 0;
        foreach (ReadOnlySpan<byte> element in this) items[index++] = ByteString.CopyOf(element);
        return items;
    }

    /// <summary>Copies the elements into a list of texts that owns them.</summary>
    public Seq<Text> ToOwnedTexts()
    {
        if (IsEmpty) return default;
        Text[] items = new Text[Count];
        int index = 0;
        foreach (ReadOnlySpan<byte> element in this) items[index++] = Text.CopyOf(element);
        return items;
    }

    /// <summary>Enumerates the elements without allocating.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Enumerates a <see cref="BytesSeqView"/>.</summary>
    public ref struct Enumerator
    {
        private readonly int _prefixSize;
        private ReadOnlySpan<byte> _rest;
        private int _left;

        internal Enumerator(BytesSeqView view)
        {
            _rest = view._elements;
            _left = view.Count;
            _prefixSize = view._prefixSize;
        }

        /// <summary>The element the enumerator stands at, without its length prefix.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        /// <summary>Goes to the next element.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext()
        {
            if (_left == 0) return false;
            _left--;
            int length = WireReader.ReadPrefix(_rest, _prefixSize);
            Current = _rest.Slice(_prefixSize, length);
            _rest = _rest[(_prefixSize + length)..];
            return true;
        }
    }
}

/// <summary>Reads and writes one fixed-length element by its .NET type. The type tests fold away when compiled.</summary>
internal static class FixedElement
{
    /// <summary>Whether an array of elements in memory has the bytes of the wire.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsBlittable<T>(int wireSize) where T : unmanaged =>
        typeof(T) != typeof(bool) && Unsafe.SizeOf<T>() == wireSize && (BitConverter.IsLittleEndian || wireSize == 1 || typeof(T) == typeof(U256));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Read<T>(ReadOnlySpan<byte> source) where T : unmanaged
    {
        if (typeof(T) == typeof(bool)) return Cast<bool, T>((source[0] & 1) != 0);
        if (typeof(T) == typeof(U256)) return Cast<U256, T>(U256.FromWire(source));
        return Unsafe.SizeOf<T>() switch
        {
            1 => Cast<byte, T>(source[0]),
            2 => Cast<ushort, T>(BinaryPrimitives.ReadUInt16LittleEndian(source)),
            4 when source.Length == 3 => Cast<uint, T>((uint)WireReader.ReadU24(source)),
            4 => Cast<uint, T>(BinaryPrimitives.ReadUInt32LittleEndian(source)),
            8 => Cast<ulong, T>(BinaryPrimitives.ReadUInt64LittleEndian(source)),
            _ => throw new NotSupportedException($"{typeof(T)} is not an element type of the wire."),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<T>(Span<byte> destination, T value) where T : unmanaged
    {
        if (typeof(T) == typeof(bool)) destination[0] = Cast<T, bool>(value) ? (byte)1 : (byte)0;
        else if (typeof(T) == typeof(U256)) Cast<T, U256>(value).CopyTo(destination);
        else if (Unsafe.SizeOf<T>() == 1) destination[0] = Cast<T, byte>(value);
        else if (Unsafe.SizeOf<T>() == 2) BinaryPrimitives.WriteUInt16LittleEndian(destination, Cast<T, ushort>(value));
        else if (Unsafe.SizeOf<T>() == 4 && destination.Length == 3) WireWriter.U24(destination, 0, Cast<T, uint>(value), "element");
        else if (Unsafe.SizeOf<T>() == 4) BinaryPrimitives.WriteUInt32LittleEndian(destination, Cast<T, uint>(value));
        else if (Unsafe.SizeOf<T>() == 8) BinaryPrimitives.WriteUInt64LittleEndian(destination, Cast<T, ulong>(value));
        else throw new NotSupportedException($"{typeof(T)} is not an element type of the wire.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TTo Cast<TFrom, TTo>(TFrom value) where TFrom : unmanaged where TTo : unmanaged => Unsafe.As<TFrom, TTo>(ref value);
}
