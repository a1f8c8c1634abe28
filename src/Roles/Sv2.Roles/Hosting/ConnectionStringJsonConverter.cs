using System.Text.Json;
using System.Text.Json.Serialization;
using Sv2.Noise;

namespace Sv2.Roles.Hosting;

/// <summary>Connection strings as <c>"stratum2+tcp://host:port/authority-key"</c>.</summary>
public sealed class ConnectionStringJsonConverter : JsonConverter<ConnectionString>
{
    /// <inheritdoc/>
    public override ConnectionString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return ConnectionString.TryParse(text, out ConnectionString? value, out string? error)
            ? value
            : throw new JsonException($"not a connection string. {error}");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ConnectionString value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
