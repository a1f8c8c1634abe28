using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Sv2.Noise;

namespace Sv2.Roles.Hosting;

/// <summary>
/// Holds a configuration against the options type before it is bound: unknown keys, missing keys, values of the wrong kind.
/// The serializer would stop at the first of them and speak of .NET types.
/// </summary>
internal static class ShapeCheck
{
    private const int DepthMax = 32;
    private const int ValueCharsMax = 60;

    public static void Check(JsonObject configuration, JsonTypeInfo type, List<ConfigurationProblem> problems) =>
        CheckNode("", configuration, type, 0, problems);

    /// <summary>The value as a person would recognise it, cut when long.</summary>
    public static string Show(JsonNode? node)
    {
        string text = node?.ToJsonString(RoleJson.Wire) ?? "null";
        return text.Length <= ValueCharsMax ? text : text[..ValueCharsMax] + "…";
    }

    private static void CheckNode(string key, JsonNode? node, JsonTypeInfo type, int depth, List<ConfigurationProblem> problems)
    {
        if (depth > DepthMax)
        {
            problems.Add(new(key, $"nested deeper than {DepthMax} levels"));
            return;
        }

        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when node is JsonObject o:
                CheckObject(key, o, type, depth, problems);
                break;
            case JsonTypeInfoKind.Enumerable when node is JsonArray a:
                JsonTypeInfo item = type.Options.GetTypeInfo(type.ElementType!);
                for (int i = 0; i < a.Count; i++)
                    CheckNode($"{key}[{i}]", a[i], item, depth + 1, problems);
                break;
            case JsonTypeInfoKind.Dictionary when node is JsonObject d:
                JsonTypeInfo value = type.Options.GetTypeInfo(type.ElementType!);
                foreach ((string name, JsonNode? child) in d)
                    CheckNode(Join(key, name), child, value, depth + 1, problems);
                break;
            case JsonTypeInfoKind.None:
                CheckLeaf(key, node, type, problems);
                break;
            default:
                problems.Add(new(key, $"{Show(node)} is not {Expected(type)}"));
                break;
        }
    }

    private static void CheckObject(string key, JsonObject node, JsonTypeInfo type, int depth, List<ConfigurationProblem> problems)
    {
        string? discriminator = null;
        if (type.PolymorphismOptions is { } polymorphism && type.PolymorphismOptions.DerivedTypes.Count > 0)
        {
            discriminator = polymorphism.TypeDiscriminatorPropertyName;
            JsonTypeInfo? derived = Derived(key, node, type, polymorphism, problems);
            if (derived is null)
                return;
            type = derived;
        }

        foreach ((string name, JsonNode? child) in node)
        {
            if (name == discriminator)
                continue;
            JsonPropertyInfo? property = type.Properties.FirstOrDefault(p => p.Name == name);
            if (property is null)
                problems.Add(Unknown(Join(key, name), name, [.. type.Properties.Select(p => p.Name)]));
            else if (child is null)
                CheckNull(Join(key, name), property, problems);
            else
                CheckNode(Join(key, name), child, type.Options.GetTypeInfo(property.PropertyType), depth + 1, problems);
        }

        foreach (JsonPropertyInfo property in type.Properties.Where(p => p.IsRequired))
        {
            if (!node.ContainsKey(property.Name))
                problems.Add(new(Join(key, property.Name), "is missing", $"give {Expected(type.Options.GetTypeInfo(property.PropertyType))}"));
        }
    }

    private static JsonTypeInfo? Derived(string key, JsonObject node, JsonTypeInfo type, JsonPolymorphismOptions polymorphism, List<ConfigurationProblem> problems)
    {
        string name = polymorphism.TypeDiscriminatorPropertyName;
        string choices = string.Join(", ", polymorphism.DerivedTypes.Select(d => d.TypeDiscriminator));
        JsonNode? value = node[name];
        if (value is null)
        {
            if (!type.Type.IsAbstract)
                return type;
            problems.Add(new(Join(key, name), "is missing", $"give one of: {choices}"));
            return null;
        }

        foreach (JsonDerivedType derived in polymorphism.DerivedTypes)
        {
            if (value.ToString() == derived.TypeDiscriminator?.ToString())
                return type.Options.GetTypeInfo(derived.DerivedType);
        }

        problems.Add(new(Join(key, name), $"{Show(value)} is not known", $"give one of: {choices}"));
        return null;
    }

    private static void CheckNull(string key, JsonPropertyInfo property, List<ConfigurationProblem> problems)
    {
        bool nullable = property.PropertyType.IsValueType
            ? Nullable.GetUnderlyingType(property.PropertyType) is not null
            : property.IsSetNullable;
        if (!nullable)
            problems.Add(new(key, "must not be null", "leave the key out to take the default"));
    }

    private static void CheckLeaf(string key, JsonNode? node, JsonTypeInfo type, List<ConfigurationProblem> problems)
    {
        try
        {
            node.Deserialize(type);
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or ArgumentException or InvalidOperationException)
        {
            string expected = Expected(type);
            // A converter's own words say more than the type does, unless they are the serializer's.
            string? own = e is JsonException && e.Message is { Length: > 0 } m && !m.Contains("System.", StringComparison.Ordinal) && !m.StartsWith("The JSON value", StringComparison.Ordinal)
                ? m.Split(" Path: ", 2)[0].TrimEnd('.')
                : null;
            problems.Add(new(key, own is null ? $"{Show(node)} is not {expected}" : $"{Show(node)} is {own}"));
        }
    }

    private static ConfigurationProblem Unknown(string key, string name, string[] known)
    {
        string? near = known
            .Select(k => (Name: k, Distance: EditDistance.Between(k.ToLowerInvariant(), name.ToLowerInvariant())))
            .Where(k => k.Distance <= Math.Max(2, k.Name.Length / 3))
            .OrderBy(k => k.Distance)
            .Select(k => k.Name)
            .FirstOrDefault();
        return new(key, "is not a known key", near is null ? $"known keys: {string.Join(", ", known)}" : $"did you mean '{near}'?");
    }

    internal static string Join(string key, string name) => key.Length == 0 ? name : $"{key}.{name}";

    /// <summary>What belongs at a place, in words.</summary>
    internal static string Expected(JsonTypeInfo info)
    {
        Type type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        if (type.IsEnum)
            return "one of: " + string.Join(", ", Enum.GetValues(type).Cast<object>().Select(v => JsonSerializer.Serialize(v, type, info.Options).Trim('"')));
        return info.Kind switch
        {
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object { … }",
            JsonTypeInfoKind.Enumerable => "a list [ … ]",
            _ => ExpectedLeaf(type),
        };
    }

    private static string ExpectedLeaf(Type type) => type switch
    {
        _ when type == typeof(string) => "a text in quotes",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(TimeSpan) => "a duration such as \"10s\"",
        _ when type == typeof(IPEndPoint) => "an address and port such as \"127.0.0.1:34254\"",
        _ when type == typeof(ConnectionString) => "a connection string such as \"stratum2+tcp://127.0.0.1:34254/authority-key\"",
        _ when type == typeof(AuthorityPublicKey) => "an authority public key in base58check",
        _ when type == typeof(Uri) => "an address such as \"http://127.0.0.1:8332\"",
        _ when type == typeof(byte) => Whole(byte.MinValue, byte.MaxValue),
        _ when type == typeof(ushort) => Whole(ushort.MinValue, ushort.MaxValue),
        _ when type == typeof(int) => Whole(int.MinValue, int.MaxValue),
        _ when type == typeof(uint) => Whole(uint.MinValue, uint.MaxValue),
        _ when type == typeof(long) => Whole(long.MinValue, long.MaxValue),
        _ when type == typeof(ulong) => Whole(ulong.MinValue, ulong.MaxValue),
        _ when type == typeof(double) || type == typeof(float) || type == typeof(decimal) => "a number",
        _ => $"a {type.Name}",
    };

    private static string Whole(IFormattable least, IFormattable most) =>
        string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}");
}
