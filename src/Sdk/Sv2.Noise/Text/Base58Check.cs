using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Sv2.Noise.Text;

/// <summary>Bitcoin's base58check: a big-endian number in base 58, with the first four bytes of a double SHA-256 behind the data.</summary>
internal static class Base58Check
{
    /// <summary>What the stack buffers here have room for; far above what an authority key needs.</summary>
    public const int DataBytesMax = 64;

    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const int ChecksumSize = 4;
    private const int TextMax = 96;

    /// <summary>Encodes at most <see cref="DataBytesMax"/> bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, DataBytesMax, nameof(data));
        Span<byte> bytes = stackalloc byte[data.Length + ChecksumSize];
        data.CopyTo(bytes);
        Checksum(data, bytes[data.Length..]);

        Span<char> text = stackalloc char[TextMax];
        var start = text.Length;
        var leadingZeros = bytes.IndexOfAnyExcept((byte)0);
        // Divide the number by 58 until nothing is left; the remainders are the characters from the last to the first.
        while (bytes.ContainsAnyExcept((byte)0))
            text[--start] = Alphabet[DivideBy58(bytes)];
        for (var i = 0; i < leadingZeros; i++)
            text[--start] = Alphabet[0];
        return new string(text[start..]);
    }

    /// <summary>Decodes, and checks the checksum.</summary>
    /// <param name="text">The text.</param>
    /// <param name="data">Receives the data if there is room; what does not fit is left out, see <paramref name="length"/>.</param>
    /// <param name="length">Bytes of data that the text stands for.</param>
    /// <param name="error">The end of a sentence "the … " when the result is false.</param>
    public static bool TryDecode(string? text, Span<byte> data, out int length, [NotNullWhen(false)] out string? error)
    {
        length = 0;
        if (string.IsNullOrEmpty(text))
            return Fail("is empty", out error);
        if (text.Length > TextMax)
            return Fail($"has {text.Length} characters, which is too long", out error);

        Span<byte> number = stackalloc byte[DataBytesMax + ChecksumSize + 8];
        number.Clear();
        for (var i = 0; i < text.Length; i++)
        {
            var digit = Alphabet.IndexOf(text[i]);
            if (digit < 0)
                return Fail($"has a character at position {i + 1} that base58 does not use", out error);
            MultiplyBy58AndAdd(number, digit);
        }
        var leadingZeros = text.AsSpan().IndexOfAnyExcept(Alphabet[0]);
        leadingZeros = leadingZeros < 0 ? text.Length : leadingZeros;
        var significant = number.IndexOfAnyExcept((byte)0);
        var total = leadingZeros + (significant < 0 ? 0 : number.Length - significant);
        if (total < ChecksumSize || total > DataBytesMax + ChecksumSize)
            return Fail($"decodes to {total} bytes, which is not a base58check text of the right length", out error);

        var bytes = number[^total..];
        Span<byte> checksum = stackalloc byte[ChecksumSize];
        Checksum(bytes[..^ChecksumSize], checksum);
        if (!checksum.SequenceEqual(bytes[^ChecksumSize..]))
            return Fail("has a wrong checksum: a character was mistyped or lost", out error);
        length = total - ChecksumSize;
        bytes[..Math.Min(length, data.Length)].CopyTo(data);
        error = null;
        return true;
    }

    private static int DivideBy58(Span<byte> number)
    {
        var remainder = 0;
        for (var i = 0; i < number.Length; i++)
        {
            var value = (remainder << 8) | number[i];
            number[i] = (byte)(value / 58);
            remainder = value % 58;
        }
        return remainder;
    }

    // The longest text there may be stands for fewer bytes than the number has, so nothing is carried out of it.
    private static void MultiplyBy58AndAdd(Span<byte> number, int digit)
    {
        var carry = digit;
        for (var i = number.Length - 1; i >= 0; i--)
        {
            carry += number[i] * 58;
            number[i] = (byte)carry;
            carry >>= 8;
        }
    }

    private static void Checksum(ReadOnlySpan<byte> data, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(data, hash);
        SHA256.HashData(hash, hash);
        hash[..ChecksumSize].CopyTo(checksum);
    }

    private static bool Fail(string reason, out string error)
    {
        error = reason;
        return false;
    }
}
