using System.Diagnostics.CodeAnalysis;

namespace Sv2.Protocol;

/// <summary>
/// Immutable bytes with equality by content: the owned form of the specification's <c>B0_32</c>, <c>B0_255</c>,
/// <c>B0_64K</c>, <c>B0_16M</c> and fixed-length byte fields.
/// </summary>
/// <remarks>
/// The value may lie over memory that somebody else owns, such as a pooled buffer: who wraps memory promises that its
/// bytes stay as they are for as long as the value is in use. <see cref="CopyOf"/> makes a value without that promise.
/// </remarks>
public readonly struct ByteString : IEquatable<ByteString>
{
    private ByteString(ReadOnlyMemory<byte> memory) => Memory = memory;

    /// <summary>No bytes; the default value.</summary>
    public static ByteString Empty => default;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Memory { get; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => Memory.Span;

    /// <summary>Number of bytes.</summary>
    public int Length => Memory.Length;

    /// <summary>Whether there are no bytes.</summary>
    public bool IsEmpty => Memory.IsEmpty;

    /// <summary>One byte.</summary>
    /// <param name="index">0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="IndexOutOfRangeException">The index is outside the bytes.</exception>
    public byte this[int index] => Memory.Span[index];

    /// <summary>Copies the bytes, so that the value owns them.</summary>
    public static ByteString CopyOf(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? default : new(bytes.ToArray());

    /// <summary>Lays a value over existing memory without a copy; the memory must not change while the value is in use.</summary>
    public static ByteString Wrap(ReadOnlyMemory<byte> memory) => new(memory);

    /// <summary>Reads hexadecimal digits of either case.</summary>
    /// <exception cref="FormatException">The text is not an even number of hexadecimal digits.</exception>
    public static ByteString FromHex(string hex) => new(Convert.FromHexString(hex));

    /// <summary>Lays a value over an array without a copy; the array must not change while the value is in use.</summary>
    public static implicit operator ByteString(byte[] bytes) => new(bytes);

    /// <summary>Copies the bytes into a new array.</summary>
    public byte[] ToArray() => Memory.ToArray();

    /// <inheritdoc/>
    public bool Equals(ByteString other) => Memory.Span.SequenceEqual(other.Memory.Span);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is ByteString other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Memory.Span);
        return hash.ToHashCode();
    }

    /// <summary>The bytes as lower-case hexadecimal digits in wire order.</summary>
    public override string ToString() => Convert.ToHexStringLower(Memory.Span);

    /// <summary>Whether two values hold the same bytes.</summary>
    public static bool operator ==(ByteString left, ByteString right) => left.Equals(right);

    /// <summary>Whether two values hold different bytes.</summary>
    public static bool operator !=(ByteString left, ByteString right) => !left.Equals(right);
}
