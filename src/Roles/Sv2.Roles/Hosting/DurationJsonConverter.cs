using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sv2.Roles.Hosting;

/// <summary>
/// Durations as people write them: <c>"250ms"</c>, <c>"10s"</c>, <c>"1.5m"</c>, <c>"2h"</c>, <c>"7d"</c>; .NET's
/// <c>"00:00:10"</c> is read as well. A bare number is refused, because its unit would be a guess.
/// </summary>
public sealed class DurationJsonConverter : JsonConverter<TimeSpan>
{
    private static readonly (string Suffix, TimeSpan Unit)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    /// <inheritdoc/>
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return TryParse(text, out TimeSpan value)
            ? value
            : throw new JsonException("not a duration such as \"10s\", \"250ms\", \"5m\" or \"1h\"");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Format(value));

    /// <summary>Reads a duration; false where the text is none.</summary>
    public static bool TryParse(string? text, out TimeSpan value)
    {
        value = default;
        if (string.IsNullOrWhiteSpace(text))
            return false;
        foreach ((string suffix, TimeSpan unit) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
                && count * unit.Ticks <= TimeSpan.MaxValue.Ticks / 2)
            {
                value = unit * count;
                return true;
            }
        }

        return text.Contains(':') && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Writes a duration with the largest unit that keeps it whole.</summary>
    public static string Format(TimeSpan value)
    {
        foreach ((string suffix, TimeSpan unit) in Units.Reverse())
        {
            if (value != TimeSpan.Zero && value.Ticks % unit.Ticks == 0)
                return (value.Ticks / unit.Ticks).ToString(CultureInfo.InvariantCulture) + suffix;
        }

        return value == TimeSpan.Zero ? "0s" : value.ToString("c", CultureInfo.InvariantCulture);
    }
}
