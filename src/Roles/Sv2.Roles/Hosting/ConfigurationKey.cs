using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Sv2.Roles.Hosting;

/// <summary>Sets one key of a configuration from text, as the command line does: <c>vardiff.sharesPerMinute=6</c>.</summary>
public static class ConfigurationKey
{
    /// <summary>Most items a list may be given by index.</summary>
    private const int ItemsMax = 1000;

    /// <summary>Sets a key, making the objects on its way.</summary>
    /// <param name="kind">Whose options decide how the text is read.</param>
    /// <param name="configuration">Changed in place.</param>
    /// <param name="path">Keys joined by dots, items by index: <c>pools[0]</c>.</param>
    /// <param name="text">The value: JSON where the key's type takes it, else plain text.</param>
    /// <exception cref="ConfigurationException">The path leads nowhere. The value itself is judged when the whole is bound.</exception>
    public static void Set(IRoleKind kind, JsonObject configuration, string path, string text)
    {
        string[] steps = path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries);
        if (steps.Length == 0)
            throw new ConfigurationException(path, "is not a key", "write instance.key=value");

        JsonTypeInfo? type = RoleJson.Configuration.GetTypeInfo(kind.OptionsType);
        JsonNode node = configuration;
        for (int i = 0; i < steps.Length; i++)
        {
            type = TypeOf(type, node, steps[i]);
            if (i == steps.Length - 1)
                Put(node, steps[i], Read(text, type), path);
            else
                node = Enter(node, steps[i], isList: steps[i + 1].StartsWith('['), path);
        }
    }

    /// <summary>The node at a path, or null.</summary>
    public static JsonNode? Get(JsonObject configuration, string path)
    {
        JsonNode? node = configuration;
        foreach (string step in path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
            node = Child(node, step);
        return node;
    }

    private static JsonNode? Child(JsonNode? node, string step) => node switch
    {
        JsonObject o => o[step],
        JsonArray a when TryIndex(step, out int index) && index < a.Count => a[index],
        _ => null,
    };

    private static JsonTypeInfo? TypeOf(JsonTypeInfo? type, JsonNode owner, string step)
    {
        if (type is { Kind: JsonTypeInfoKind.Object, PolymorphismOptions: { } p }
            && (owner as JsonObject)?[p.TypeDiscriminatorPropertyName]?.ToString() is { } discriminator
            && p.DerivedTypes.FirstOrDefault(d => d.TypeDiscriminator?.ToString() == discriminator) is { DerivedType: { } derived })
            type = type.Options.GetTypeInfo(derived);
        Type? next = type?.Kind switch
        {
            JsonTypeInfoKind.Object => type.Properties.FirstOrDefault(p => p.Name == step)?.PropertyType,
            JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary => type.ElementType,
            _ => null,
        };
        return next is null ? null : RoleJson.Configuration.GetTypeInfo(next);
    }

    private static JsonNode Enter(JsonNode node, string step, bool isList, string path)
    {
        if (Child(node, step) is { } child)
            return child;
        JsonNode made = isList ? new JsonArray() : new JsonObject();
        Put(node, step, made, path);
        return made;
    }

    private static void Put(JsonNode node, string step, JsonNode? value, string path)
    {
        switch (node)
        {
            case JsonObject o when !step.StartsWith('['):
                o[step] = value;
                break;
            case JsonArray a when TryIndex(step, out int index) && index < a.Count:
                a[index] = value;
                break;
            case JsonArray a when TryIndex(step, out int index) && index == a.Count:
                a.Add(value);
                break;
            default:
                throw new ConfigurationException(path, $"'{step}' leads nowhere", "check the spelling; items of a list are written key[0]");
        }
    }

    private static bool TryIndex(string step, out int index)
    {
        index = 0;
        return step.StartsWith('[') && step.EndsWith(']')
            && int.TryParse(step.AsSpan(1, step.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out index)
            && index < ItemsMax;
    }

    /// <summary>JSON where the type takes it (so that 6 is a number), else the text itself (so that 127.0.0.1:0 needs no quotes).</summary>
    private static JsonNode? Read(string text, JsonTypeInfo? type)
    {
        if (type?.Type == typeof(string) && !text.StartsWith('"'))
            return text == "null" ? null : JsonValue.Create(text);
        JsonNode? json;
        try
        {
            json = JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            // One bare value for a list is a list of one.
            return type is { Kind: JsonTypeInfoKind.Enumerable } ? new JsonArray(JsonValue.Create(text)) : JsonValue.Create(text);
        }

        return json;
    }
}
