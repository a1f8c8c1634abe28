using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sv1;

/// <summary>
/// One JSON value of a line, with the conversions that Stratum V1 needs. Borrows the line's bytes. Numbers that come as
/// strings and strings that come as numbers are taken alike.
/// </summary>
public readonly ref struct Sv1Value
{
    private readonly ReadOnlySpan<byte> _raw;

    internal Sv1Value(ReadOnlySpan<byte> raw) => _raw = raw;

    /// <summary>The value as it stands in the line; empty when there is none.</summary>
    public ReadOnlySpan<byte> Raw => _raw;

    /// <summary>Whether there is no value, or null.</summary>
    public bool IsNull => _raw.IsEmpty || _raw[0] == 'n';

    /// <summary>Whether it is <c>true</c>.</summary>
    public bool IsTrue => !_raw.IsEmpty && _raw[0] == 't';

    /// <summary>Whether it is a string.</summary>
    public bool IsString => !_raw.IsEmpty && _raw[0] == '"';

    /// <summary>Whether it is a number.</summary>
    public bool IsNumber => !_raw.IsEmpty && (_raw[0] == '-' || char.IsAsciiDigit((char)_raw[0]));

    /// <summary>Whether it is an array.</summary>
    public bool IsArray => !_raw.IsEmpty && _raw[0] == '[';

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => !_raw.IsEmpty && _raw[0] == '{';

    /// <summary>The elements of an array; none when it is no array.</summary>
    public Sv1Values Items => new(_raw);

    /// <summary>
    /// The text of a string without escapes, or the digits of a number, as they stand in the line; empty for everything
    /// else, also for strings with escapes: names and hex have none, and <see cref="ToString"/> reads them all.
    /// </summary>
    public ReadOnlySpan<byte> Text =>
        IsNumber ? _raw : !IsString || _raw.Contains((byte)'\\') ? default : _raw[1..^1];

    /// <summary>A member of an object; of kind null when there is none, or when this is no object.</summary>
    /// <param name="name">The member's name.</param>
    /// <returns>The last member of that name.</returns>
    public Sv1Value Member(ReadOnlySpan<byte> name)
    {
        Sv1Value found = default;
        if (!IsObject)
            return found;
        Utf8JsonReader reader = new(_raw, Sv1Line.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = reader.ValueTextEquals(name);
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isIt)
                found = new Sv1Value(_raw[start..(int)reader.BytesConsumed]);
        }
        return found;
    }

    /// <summary>A number, also one in a string.</summary>
    /// <param name="number">The number; finite.</param>
    /// <returns>Whether it is one.</returns>
    public bool TryGetDouble(out double number) =>
        double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>A whole number, also one in a string or one written with a fraction of zero.</summary>
    /// <param name="number">The number.</param>
    /// <returns>Whether it is one that fits.</returns>
    public bool TryGetInt32(out int number)
    {
        if (Utf8Parser.TryParse(Text, out number, out int used) && used == Text.Length)
            return true;
        bool isWhole = TryGetDouble(out double real) && real == Math.Floor(real) && Math.Abs(real) <= int.MaxValue;
        number = isWhole ? (int)real : 0;
        return isWhole;
    }

    /// <summary>Hexadecimal bytes, in either case, with or without <c>0x</c>.</summary>
    /// <param name="destination">Where they go.</param>
    /// <param name="written">How many there are, when the result is <see langword="true"/>.</param>
    /// <returns>Whether it is a string of whole bytes that fit.</returns>
    public bool TryGetHex(Span<byte> destination, out int written)
    {
        ReadOnlySpan<byte> digits = HexDigits;
        written = digits.Length / 2;
        return (IsString || IsNumber) && Hex.TryDecode(digits, destination);
    }

    /// <summary>A 32-bit number in up to eight hexadecimal digits, big-endian, in either case, with or without <c>0x</c> and leading zeros.</summary>
    /// <param name="number">The number.</param>
    /// <returns>Whether it is one.</returns>
    public bool TryGetHexUInt32(out uint number) => Hex.TryParse(HexDigits, out number);

    /// <summary>The text of a string, unescaped, or the digits of a number; empty for everything else.</summary>
    /// <returns>The text, as the peer sent it: sanitise before it goes to a log.</returns>
    public override string ToString()
    {
        ReadOnlySpan<byte> plain = Text;
        if (!plain.IsEmpty || !IsString)
            return Encoding.UTF8.GetString(plain);
        Utf8JsonReader reader = new(_raw, Sv1Line.ReaderOptions);
        try
        {
            return reader.Read() ? reader.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            // An escape that is half a surrogate pair has no text.
            return "";
        }
    }

    private ReadOnlySpan<byte> HexDigits
    {
        get
        {
            ReadOnlySpan<byte> text = Text;
            return text.Length >= 2 && text[0] == '0' && text[1] is (byte)'x' or (byte)'X' ? text[2..] : text;
        }
    }
}

/// <summary>The values of a JSON array, one after the other. Borrows the line's bytes.</summary>
public ref struct Sv1Values
{
    private readonly ReadOnlySpan<byte> _raw;
    private Utf8JsonReader _reader;

    internal Sv1Values(ReadOnlySpan<byte> raw)
    {
        _raw = !raw.IsEmpty && raw[0] == '[' ? raw : "[]"u8;
        _reader = new Utf8JsonReader(_raw, Sv1Line.ReaderOptions);
        _reader.Read();
    }

    /// <summary>Takes the next value.</summary>
    /// <param name="value">The value; of kind null when there is no further one.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryNext(out Sv1Value value)
    {
        value = default;
        if (!_reader.Read() || _reader.TokenType == JsonTokenType.EndArray)
            return false;
        int start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        value = new Sv1Value(_raw[start..(int)_reader.BytesConsumed]);
        return true;
    }

    /// <summary>Takes the next value, which may be missing.</summary>
    /// <returns>The value; of kind null when there is no further one.</returns>
    public Sv1Value Next()
    {
        _ = TryNext(out Sv1Value value);
        return value;
    }
}
