using System.Text.Json;
using System.Text.Json.Serialization;
using Sv2.Noise;

namespace Sv2.Roles.Hosting;

/// <summary>Authority public keys in base58check.</summary>
public sealed class AuthorityPublicKeyJsonConverter : JsonConverter<AuthorityPublicKey>
{
    /// <inheritdoc/>
    public override AuthorityPublicKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return AuthorityPublicKey.TryParse(text, out AuthorityPublicKey? value, out string? error)
            ? value
            : throw new JsonException($"not an authority public key. {error}");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, AuthorityPublicKey value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
