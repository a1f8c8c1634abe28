using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sv2.Protocol;

/// <summary>
/// Bytes that are meant as UTF-8 text: the owned form of the specification's <c>STR0_255</c> (section 3.1).
/// </summary>
/// <remarks>
/// A peer may send any bytes, so nothing here throws on text that is not UTF-8: the bytes are kept as they are and
/// <see cref="ToString"/> shows a replacement character for each bad sequence. Control characters are kept too; remove
/// them where the text goes to a log or a terminal (<see cref="LogText.Sanitise(ReadOnlySpan{byte})"/>).
/// </remarks>
public readonly struct Text : IEquatable<Text>
{
    private readonly ReadOnlyMemory<byte> _utf8;

    private Text(ReadOnlyMemory<byte> utf8) => _utf8 = utf8;

    /// <summary>The empty text; the default value.</summary>
    public static Text Empty => default;

    /// <summary>The bytes as they stand on the wire, without the length prefix.</summary>
    public ReadOnlySpan<byte> Utf8 => _utf8.Span;

    /// <summary>Number of bytes, not of characters.</summary>
    public int Length => _utf8.Length;

    /// <summary>Whether there are no bytes.</summary>
    public bool IsEmpty => _utf8.IsEmpty;

    /// <summary>Copies bytes, so that the value owns them. They need not be valid UTF-8.</summary>
    public static Text CopyOf(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? default : new(utf8.ToArray());

    /// <summary>Lays a value over existing memory without a copy; the memory must not change while the value is in use.</summary>
    public static Text Wrap(ReadOnlyMemory<byte> utf8) => new(utf8);

    /// <summary>Encodes a string as UTF-8. The 255 bytes that fit on the wire are checked when a message is written.</summary>
    public static implicit operator Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == 0 ? default : new(Encoding.UTF8.GetBytes(text));
    }

    /// <inheritdoc/>
    public bool Equals(Text other) => Utf8.SequenceEqual(other.Utf8);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Text other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Utf8);
        return hash.ToHashCode();
    }

    /// <summary>The text; a bad byte sequence becomes U+FFFD, nothing throws.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Utf8);

    /// <summary>Whether two values hold the same bytes.</summary>
    public static bool operator ==(Text left, Text right) => left.Equals(right);

    /// <summary>Whether two values hold different bytes.</summary>
    public static bool operator !=(Text left, Text right) => !left.Equals(right);
}
