using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sv2.Protocol;

/// <summary>
/// A 256-bit unsigned integer held as its 32 wire bytes, least significant first (specification section 3.1).
/// Hashes are the raw output of double SHA-256; targets are numbers. Both compare as numbers.
/// </summary>
/// <remarks>
/// The bytes in memory are the bytes on the wire on every machine, so <see cref="AsSpan"/> and a copy of an array of
/// values need no conversion.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = Size)]
public readonly struct U256 : IEquatable<U256>, IComparable<U256>
{
    /// <summary>Bytes of a value.</summary>
    public const int Size = 32;

    // Raw memory in wire order; on a big-endian machine a limb's bytes are therefore swapped before it is a number.
    private readonly ulong _raw0;
    private readonly ulong _raw1;
    private readonly ulong _raw2;
    private readonly ulong _raw3;

    private U256(ulong raw0, ulong raw1, ulong raw2, ulong raw3)
    {
        _raw0 = raw0;
        _raw1 = raw1;
        _raw2 = raw2;
        _raw3 = raw3;
    }

    /// <summary>The number zero.</summary>
    public static U256 Zero => default;

    /// <summary>The largest number, 2^256 - 1.</summary>
    public static U256 MaxValue => new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

    /// <summary>Reads a value from 32 bytes in wire order (least significant byte first).</summary>
    /// <param name="wire">Exactly 32 bytes; they are copied.</param>
    /// <exception cref="ArgumentException">The span is not 32 bytes long.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U256 FromWire(ReadOnlySpan<byte> wire)
    {
        if (wire.Length != Size) ThrowLength(wire.Length);
        return Unsafe.ReadUnaligned<U256>(ref MemoryMarshal.GetReference(wire));
    }

    /// <summary>Reads a value from the usual display form: 64 hexadecimal digits, most significant first.</summary>
    /// <exception cref="FormatException">The text is not 64 hexadecimal digits.</exception>
    public static U256 FromDisplayHex(string hex)
    {
        Span<byte> bytes = stackalloc byte[Size];
        ParseHex(hex, bytes);
        bytes.Reverse();
        return FromWire(bytes);
    }

    /// <summary>Reads a value from 64 hexadecimal digits in wire order, as <see cref="ToString"/> prints it.</summary>
    /// <exception cref="FormatException">The text is not 64 hexadecimal digits.</exception>
    public static U256 FromWireHex(string hex)
    {
        Span<byte> bytes = stackalloc byte[Size];
        ParseHex(hex, bytes);
        return FromWire(bytes);
    }

    /// <summary>Builds a number from four 64-bit limbs, least significant first.</summary>
    public static U256 FromLimbs(ulong limb0, ulong limb1 = 0, ulong limb2 = 0, ulong limb3 = 0) =>
        new(LittleEndian(limb0), LittleEndian(limb1), LittleEndian(limb2), LittleEndian(limb3));

    /// <summary>One of the four 64-bit limbs of the number.</summary>
    /// <param name="index">0 for the least significant limb to 3 for the most significant one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not 0 to 3.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Limb(int index) => index switch
    {
        0 => LittleEndian(_raw0),
        1 => LittleEndian(_raw1),
        2 => LittleEndian(_raw2),
        3 => LittleEndian(_raw3),
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, "A U256 has limbs 0 to 3."),
    };

    /// <summary>The 32 bytes in wire order, without a copy; valid as long as the variable that holds the value.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<ulong, byte>(ref Unsafe.AsRef(in _raw0)), Size);

    /// <summary>Copies the 32 bytes in wire order.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    /// <exception cref="ArgumentException">The destination is shorter than 32 bytes.</exception>
    public void CopyTo(Span<byte> destination)
    {
        if (destination.Length < Size) ThrowLength(destination.Length);
        Unsafe.WriteUnaligned(ref MemoryMarshal.GetReference(destination), this);
    }

    /// <inheritdoc/>
    public bool Equals(U256 other) => _raw0 == other._raw0 && _raw1 == other._raw1 && _raw2 == other._raw2 && _raw3 == other._raw3;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is U256 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_raw0, _raw1, _raw2, _raw3);

    /// <summary>Compares as numbers.</summary>
    public int CompareTo(U256 other)
    {
        if (_raw3 != other._raw3) return LittleEndian(_raw3).CompareTo(LittleEndian(other._raw3));
        if (_raw2 != other._raw2) return LittleEndian(_raw2).CompareTo(LittleEndian(other._raw2));
        if (_raw1 != other._raw1) return LittleEndian(_raw1).CompareTo(LittleEndian(other._raw1));
        return LittleEndian(_raw0).CompareTo(LittleEndian(other._raw0));
    }

    /// <summary>64 lower-case hexadecimal digits in wire order.</summary>
    public override string ToString() => Convert.ToHexStringLower(AsSpan());

    /// <summary>64 lower-case hexadecimal digits, most significant first, as block explorers show hashes and targets.</summary>
    public string ToDisplayString()
    {
        Span<byte> reversed = stackalloc byte[Size];
        CopyTo(reversed);
        reversed.Reverse();
        return Convert.ToHexStringLower(reversed);
    }

    /// <summary>Whether two values are equal.</summary>
    public static bool operator ==(U256 left, U256 right) => left.Equals(right);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(U256 left, U256 right) => !left.Equals(right);

    /// <summary>Whether the left number is smaller.</summary>
    public static bool operator <(U256 left, U256 right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left number is greater.</summary>
    public static bool operator >(U256 left, U256 right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left number is smaller or equal; a hash meets a target when <c>hash &lt;= target</c>.</summary>
    public static bool operator <=(U256 left, U256 right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left number is greater or equal.</summary>
    public static bool operator >=(U256 left, U256 right) => left.CompareTo(right) >= 0;

    private static ulong LittleEndian(ulong value) => BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);

    private static void ParseHex(string hex, Span<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(hex);
        if (hex.Length != 2 * Size || Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
            throw new FormatException($"A U256 is {2 * Size} hexadecimal digits, \"{hex}\" is not.");
    }

    [DoesNotReturn]
    private static void ThrowLength(int length) => throw new ArgumentException($"A U256 takes {Size} bytes, the span has {length}.");
}
