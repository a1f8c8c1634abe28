using System.Diagnostics.CodeAnalysis;

namespace Sv2.ControlPlane;

/// <summary>Hex as people paste it: either case, with or without <c>0x</c>, spaces, colons or commas between the bytes.</summary>
internal static class HexText
{
    public static bool TryParse(string text, out byte[] bytes, [NotNullWhen(false)] out string? error)
    {
        bytes = [];
        error = null;
        string digits = new([.. WithoutPrefix(text).Where(c => !char.IsWhiteSpace(c) && c is not (':' or ','))]);
        int wrong = digits.AsSpan().IndexOfAnyExcept("0123456789abcdefABCDEF");
        if (wrong >= 0)
            error = $"'{digits[wrong]}' is not a hex digit";
        else if (digits.Length % 2 != 0)
            error = $"{digits.Length} hex digits do not make whole bytes";
        else
            bytes = Convert.FromHexString(digits);
        return error is null;
    }

    private static string WithoutPrefix(string text)
    {
        string trimmed = text.Trim();
        return trimmed.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? trimmed[2..] : trimmed;
    }
}
