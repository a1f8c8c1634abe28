namespace Sv2.ControlPlane.Api;

/// <summary>An enumeration in a query, by the texts that the API speaks: the framework itself knows only the spelling of the code.</summary>
/// <param name="Value">The value.</param>
internal readonly record struct QueryEnum<T>(T Value)
    where T : struct, Enum
{
    /// <summary>Reads a name in either case; numbers are no names.</summary>
    public static bool TryParse(string? text, out QueryEnum<T> value)
    {
        bool isName = Enum.TryParse(text, ignoreCase: true, out T found) && char.IsAsciiLetter(text![0]) && !text.Contains(',', StringComparison.Ordinal);
        value = new QueryEnum<T>(found);
        return isName;
    }
}
