using System.ComponentModel;
using System.Globalization;
using System.Text;

namespace Sv2.Protocol;

/// <summary>
/// Builds the one-line texts that messages have in logs. Text that a peer sent is sanitised, long values are cut.
/// </summary>
public sealed class LogText
{
    /// <summary>The most bytes of a value that are shown.</summary>
    public const int BytesShownMax = 64;

    private const int ElementsShownMax = 4;
    private readonly StringBuilder _text;
    private bool _hasField;

    /// <summary>Begins with the message's name.</summary>
    [EditorBrowsable(EditorBrowsableState.Advanced)]
    public LogText(string name) => _text = new StringBuilder(name).Append(" {");

    /// <summary>
    /// Makes text from a peer safe for a log or a terminal: control characters, line separators and invisible formatting
    /// (such as overrides of the reading direction, which make a line read as another) become spaces, bad UTF-8 U+FFFD.
    /// </summary>
    public static string Sanitise(ReadOnlySpan<byte> utf8)
    {
        string text = Encoding.UTF8.GetString(utf8);
        return utf8.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? WithoutUnsafe(text) : text;
    }

    /// <summary>Makes text from a peer safe for a log or a terminal.</summary>
    public static string Sanitise(Text text) => Sanitise(text.Utf8);

    /// <summary>Adds a number, an enumeration value, a boolean or a <see cref="U256"/>.</summary>
    public LogText Field<T>(string name, T value)
    {
        Begin(name).Append(CultureInfo.InvariantCulture, $"{value}");
        return this;
    }

    /// <summary>Adds an optional value; nothing is shown as <c>none</c>.</summary>
    public LogText Field<T>(string name, T? value) where T : struct
    {
        Begin(name).Append(CultureInfo.InvariantCulture, $"{(value is { } present ? present.ToString() : "none")}");
        return this;
    }

    /// <summary>Adds text from a peer, sanitised and in quotes.</summary>
    public LogText Field(string name, Text value)
    {
        StringBuilder text = Begin(name);
        text.Append('"').Append(Sanitise(value)).Append('"');
        return this;
    }

    /// <summary>Adds bytes as hexadecimal digits.</summary>
    public LogText Field(string name, ByteString value)
    {
        StringBuilder text = Begin(name);
        text.Append(Convert.ToHexStringLower(value.Span[..Math.Min(value.Length, BytesShownMax)]));
        if (value.Length > BytesShownMax) text.Append(CultureInfo.InvariantCulture, $"… ({value.Length} bytes)");
        return this;
    }

    /// <summary>Adds the first elements of a list and its length.</summary>
    public LogText Field<T>(string name, Seq<T> value)
    {
        StringBuilder text = Begin(name).Append('[');
        for (int i = 0; i < Math.Min(value.Count, ElementsShownMax); i++)
        {
            if (i > 0) text.Append(", ");
            text.Append(value[i] switch
            {
                Text element => Sanitise(element),
                ByteString { Length: > BytesShownMax } element => $"({element.Length} bytes)",
                _ => value[i]?.ToString(),
            });
        }

        if (value.Count > ElementsShownMax) text.Append(CultureInfo.InvariantCulture, $", … ({value.Count})");
        text.Append(']');
        return this;
    }

    /// <summary>The finished line.</summary>
    public override string ToString() => _text.ToString() + " }";

    private static string WithoutUnsafe(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            safe.Append(IsUnsafe(rune) ? " " : rune.ToString());
        return safe.ToString();
    }

    private static bool IsUnsafe(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private StringBuilder Begin(string name)
    {
        _text.Append(_hasField ? ", " : " ").Append(name).Append(" = ");
        _hasField = true;
        return _text;
    }
}
