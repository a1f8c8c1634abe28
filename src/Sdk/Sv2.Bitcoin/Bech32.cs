using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sv2.Bitcoin;

/// <summary>Segwit addresses: bech32 for witness version 0 (BIP 173), bech32m for the others (BIP 350).</summary>
internal static class Bech32
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const uint Bech32Constant = 1;
    private const uint Bech32mConstant = 0x2bc830a3;
    private const int ChecksumLength = 6;
    private const int TextMax = 90;

    public static string Encode(string prefix, int witnessVersion, ReadOnlySpan<byte> program)
    {
        List<byte> data = [(byte)witnessVersion, .. Regroup(program, fromBits: 8, toBits: 5, pad: true)!];
        uint checksum = Polymod(prefix, [.. data, .. new byte[ChecksumLength]]) ^ ConstantOf(witnessVersion);
        for (int i = 0; i < ChecksumLength; i++)
            data.Add((byte)(checksum >> 5 * (ChecksumLength - 1 - i) & 31));
        return prefix + "1" + string.Concat(data.Select(value => Alphabet[value]));
    }

    /// <summary>Whether the text has the outer form of bech32 with the given prefix, right or wrong in the rest.</summary>
    public static bool HasPrefix(string text, string prefix) => text.StartsWith(prefix + "1", StringComparison.OrdinalIgnoreCase);

    public static bool TryDecode(string text, string prefix, out int witnessVersion, [NotNullWhen(true)] out byte[]? program, [NotNullWhen(false)] out string? error)
    {
        witnessVersion = 0;
        program = null;
        string lower = text.ToLower(CultureInfo.InvariantCulture);
        if (text.Length > TextMax || text.Length < prefix.Length + 1 + 1 + ChecksumLength)
            error = $"{text.Length} characters are too many or too few";
        else if (text != lower && text != text.ToUpper(CultureInfo.InvariantCulture))
            error = "upper and lower case are mixed";
        else if (lower.AsSpan(prefix.Length + 1).IndexOfAnyExcept(Alphabet) is >= 0 and var at)
            error = $"the character at {prefix.Length + 1 + at} is not bech32";
        else
            return TryDecodeData(prefix, [.. lower[(prefix.Length + 1)..].Select(c => (byte)Alphabet.IndexOf(c))], out witnessVersion, out program, out error);
        return false;
    }

    private static bool TryDecodeData(string prefix, byte[] data, out int witnessVersion, [NotNullWhen(true)] out byte[]? program, [NotNullWhen(false)] out string? error)
    {
        witnessVersion = data[0];
        program = null;
        uint constant = Polymod(prefix, data);
        if (witnessVersion > 16)
            error = $"witness version {witnessVersion} is not in 0..16";
        else if (constant != ConstantOf(witnessVersion))
            error = constant is Bech32Constant or Bech32mConstant
                ? $"witness version {witnessVersion} takes the other one of bech32 and bech32m"
                : "the checksum does not match";
        else if (Regroup(data.AsSpan(1, data.Length - 1 - ChecksumLength), fromBits: 5, toBits: 8, pad: false) is not { } bytes)
            error = "the padding is not zero or too long";
        else if (bytes.Length is < 2 or > 40 || (witnessVersion == 0 && bytes.Length is not (20 or 32)))
            error = $"a witness program of {bytes.Length} bytes does not fit version {witnessVersion}";
        else
        {
            program = bytes;
            error = null;
            return true;
        }
        return false;
    }

    private static uint ConstantOf(int witnessVersion) => witnessVersion == 0 ? Bech32Constant : Bech32mConstant;

    private static uint Polymod(string prefix, ReadOnlySpan<byte> data)
    {
        uint check = 1;
        foreach (char c in prefix)
            check = Step(check, (uint)c >> 5);
        check = Step(check, 0);
        foreach (char c in prefix)
            check = Step(check, (uint)c & 31);
        foreach (byte value in data)
            check = Step(check, value);
        return check;
    }

    private static uint Step(uint check, uint value)
    {
        ReadOnlySpan<uint> generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        uint top = check >> 25;
        check = (check & 0x1ffffff) << 5 ^ value;
        for (int i = 0; i < generator.Length; i++)
            if ((top >> i & 1) != 0)
                check ^= generator[i];
        return check;
    }

    private static byte[]? Regroup(ReadOnlySpan<byte> data, int fromBits, int toBits, bool pad)
    {
        List<byte> result = [];
        int buffer = 0;
        int bits = 0;
        int mask = (1 << toBits) - 1;
        foreach (byte value in data)
        {
            buffer = (buffer << fromBits | value) & 0xfff;
            bits += fromBits;
            while (bits >= toBits)
            {
                bits -= toBits;
                result.Add((byte)(buffer >> bits & mask));
            }
        }
        int rest = buffer << (toBits - bits) & mask;
        if (pad && bits > 0)
            result.Add((byte)rest);
        return pad || (bits < fromBits && rest == 0) ? [.. result] : null;
    }
}
