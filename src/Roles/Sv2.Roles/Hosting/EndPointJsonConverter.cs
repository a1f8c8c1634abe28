using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sv2.Roles.Hosting;

/// <summary>Listening addresses as <c>"127.0.0.1:34254"</c> or <c>"[::1]:34254"</c>; port 0 takes any free port.</summary>
public sealed class EndPointJsonConverter : JsonConverter<IPEndPoint>
{
    /// <inheritdoc/>
    public override IPEndPoint Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return TryParse(text, out IPEndPoint? endPoint)
            ? endPoint
            : throw new JsonException("not an address and port such as \"127.0.0.1:34254\" or \"[::1]:34254\"");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IPEndPoint value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    /// <summary>Reads an address that has its port; a bare address or a host name is refused. <c>localhost</c> is 127.0.0.1.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        endPoint = null;
        if (text is null)
            return false;
        if (text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase))
            text = "127.0.0.1" + text["localhost".Length..];
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || (text[0] != '[' && text.IndexOf(':') != colon) || (text[0] == '[' && text[colon - 1] != ']'))
            return false;
        // IPAddress reads "1" as 0.0.0.1; people mean four parts.
        if (text[0] != '[' && text.AsSpan(0, colon).Count('.') != 3)
            return false;
        return IPEndPoint.TryParse(text, out endPoint);
    }
}
