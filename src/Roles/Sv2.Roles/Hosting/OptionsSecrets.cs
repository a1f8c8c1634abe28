using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Sv2.Roles.Hosting;

/// <summary>
/// Secrets in configurations: properties marked <c>[DataType(DataType.Password)]</c>. They are stored, and never shown again.
/// </summary>
public static class OptionsSecrets
{
    /// <summary>What stands in the place of a secret that is set. Given back in an update, it keeps the stored value.</summary>
    public const string Mask = "********";

    /// <summary>Whether a property holds a secret.</summary>
    public static bool IsSecret(JsonPropertyInfo property) =>
        property.AttributeProvider?.GetCustomAttributes(typeof(DataTypeAttribute), inherit: true)
            .Cast<DataTypeAttribute>().Any(a => a.DataType == DataType.Password) == true;

    /// <summary>A copy of a configuration with every secret masked.</summary>
    public static JsonObject Hide(IRoleKind kind, JsonObject configuration)
    {
        var copy = (JsonObject)configuration.DeepClone();
        Visit(copy, RoleJson.Configuration.GetTypeInfo(kind.OptionsType), (owner, name) => owner[name] = Mask);
        return copy;
    }

    /// <summary>A copy of a configuration in which every mask is replaced by the stored secret.</summary>
    public static JsonObject Restore(IRoleKind kind, JsonObject configuration, JsonObject stored)
    {
        var secrets = new Dictionary<string, JsonNode?>();
        Visit(stored, RoleJson.Configuration.GetTypeInfo(kind.OptionsType), (owner, name) => secrets[Path(owner, name)] = owner[name]);
        var copy = (JsonObject)configuration.DeepClone();
        Visit(copy, RoleJson.Configuration.GetTypeInfo(kind.OptionsType), (owner, name) =>
        {
            if (owner[name] is JsonValue value && value.TryGetValue(out string? text) && text == Mask
                && secrets.TryGetValue(Path(owner, name), out JsonNode? secret))
                owner[name] = secret?.DeepClone();
        });
        return copy;
    }

    private static string Path(JsonObject owner, string name) => $"{owner.GetPath()}.{name}";

    private static void Visit(JsonNode? node, JsonTypeInfo type, Action<JsonObject, string> found)
    {
        switch (node)
        {
            case JsonObject o when type.Kind == JsonTypeInfoKind.Object:
                if (type.PolymorphismOptions is { } p && o[p.TypeDiscriminatorPropertyName] is { } kind
                    && p.DerivedTypes.FirstOrDefault(d => d.TypeDiscriminator?.ToString() == kind.ToString()) is { DerivedType: { } derived })
                    type = type.Options.GetTypeInfo(derived);
                foreach (JsonPropertyInfo property in type.Properties)
                {
                    if (o[property.Name] is not { } child)
                        continue;
                    if (IsSecret(property))
                        found(o, property.Name);
                    else
                        Visit(child, type.Options.GetTypeInfo(property.PropertyType), found);
                }

                break;
            case JsonArray a when type.Kind == JsonTypeInfoKind.Enumerable:
                foreach (JsonNode? item in a)
                    Visit(item, type.Options.GetTypeInfo(type.ElementType!), found);
                break;
            default:
                break;
        }
    }
}
