using System.Diagnostics.CodeAnalysis;

namespace Sv2.Bitcoin;

/// <summary>Base58 with a four-byte checksum, the form of addresses before segwit.</summary>
internal static class Base58
{
    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const int ChecksumSize = 4;
    private const int TextMax = 128;

    public static string EncodeCheck(ReadOnlySpan<byte> payload)
    {
        Span<byte> hash = stackalloc byte[Sha256d.HashSize];
        Sha256d.Hash(payload, hash);
        byte[] bytes = [.. payload, .. hash[..ChecksumSize]];
        int zeros = bytes.AsSpan().IndexOfAnyExcept((byte)0);
        List<char> text = [];
        for (int start = zeros < 0 ? bytes.Length : zeros; start < bytes.Length;)
        {
            text.Add(Alphabet[DivideBy58(bytes.AsSpan(start))]);
            while (start < bytes.Length && bytes[start] == 0)
                start++;
        }
        text.AddRange(Enumerable.Repeat(Alphabet[0], zeros < 0 ? bytes.Length : zeros));
        text.Reverse();
        return string.Concat(text);
    }

    public static bool TryDecodeCheck(string text, [NotNullWhen(true)] out byte[]? payload, [NotNullWhen(false)] out string? error)
    {
        payload = null;
        if (text.Length is 0 or > TextMax)
        {
            error = $"{text.Length} characters are not in 1..{TextMax}";
            return false;
        }
        // One byte per character is always enough.
        byte[] number = new byte[text.Length];
        foreach (char c in text)
        {
            int carry = Alphabet.IndexOf(c);
            if (carry < 0)
            {
                error = $"character '{(char.IsControl(c) ? '?' : c)}' is not base58";
                return false;
            }
            for (int i = number.Length - 1; i >= 0; i--)
            {
                carry += number[i] * 58;
                number[i] = (byte)carry;
                carry >>= 8;
            }
        }
        int leading = text.AsSpan().IndexOfAnyExcept(Alphabet[0]);
        int significant = number.AsSpan().IndexOfAnyExcept((byte)0);
        byte[] bytes = [.. new byte[leading < 0 ? text.Length : leading], .. significant < 0 ? [] : number.AsSpan(significant)];
        Span<byte> hash = stackalloc byte[Sha256d.HashSize];
        if (bytes.Length > ChecksumSize)
        {
            Sha256d.Hash(bytes.AsSpan(0, bytes.Length - ChecksumSize), hash);
            if (bytes.AsSpan(bytes.Length - ChecksumSize).SequenceEqual(hash[..ChecksumSize]))
            {
                payload = bytes[..^ChecksumSize];
                error = null;
                return true;
            }
        }
        error = "the checksum does not match";
        return false;
    }

    private static int DivideBy58(Span<byte> number)
    {
        int rest = 0;
        for (int i = 0; i < number.Length; i++)
        {
            int value = rest << 8 | number[i];
            number[i] = (byte)(value / 58);
            rest = value % 58;
        }
        return rest;
    }
}
