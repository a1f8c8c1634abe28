namespace Sv2.Bitcoin;

/// <summary>The eight characters after <c>#</c> in an output descriptor (BIP 380).</summary>
internal static class DescriptorChecksum
{
    public const int Length = 8;

    private const string Input =
        "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";

    private const string Output = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    /// <summary>The checksum, or <see langword="null"/> when the text has a character no descriptor may have.</summary>
    public static string? Of(string descriptor)
    {
        ulong check = 1;
        int group = 0;
        int grouped = 0;
        foreach (char c in descriptor)
        {
            int position = Input.IndexOf(c);
            if (position < 0)
                return null;
            check = Step(check, position & 31);
            group = group * 3 + (position >> 5);
            if (++grouped < 3)
                continue;
            check = Step(check, group);
            group = 0;
            grouped = 0;
        }
        if (grouped > 0)
            check = Step(check, group);
        for (int i = 0; i < Length; i++)
            check = Step(check, 0);
        check ^= 1;
        return string.Create(Length, check, static (text, value) =>
        {
            for (int i = 0; i < Length; i++)
                text[i] = Output[(int)(value >> 5 * (Length - 1 - i) & 31)];
        });
    }

    private static ulong Step(ulong check, int value)
    {
        ReadOnlySpan<ulong> generator = [0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a, 0x644d626ffd];
        ulong top = check >> 35;
        check = (check & 0x7ffffffff) << 5 ^ (ulong)value;
        for (int i = 0; i < generator.Length; i++)
            if ((top >> i & 1) != 0)
                check ^= generator[i];
        return check;
    }
}
