using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Sv2.Noise;

namespace Sv2.Roles.Hosting;

/// <summary>
/// The JSON schema of a kind's configuration, with descriptions from the XML documentation, defaults from a new instance and
/// limits from the annotations. Forms are made from it.
/// </summary>
public static class OptionsSchema
{
    /// <summary>Makes the schema.</summary>
    public static JsonObject Of(IRoleKind kind)
    {
        var exporter = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Complete };
        var schema = (JsonObject)RoleJson.Configuration.GetJsonSchemaAsNode(kind.OptionsType, exporter);
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        schema["title"] = kind.Name;
        schema["description"] = kind.Summary;
        return schema;
    }

    private static JsonNode Complete(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema)
        {
            // A custom converter: anything goes, as far as the exporter knows.
            schema = [];
            if (node.GetValueKind() == JsonValueKind.False)
                return node;
        }

        Type type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        DescribeType(schema, type, nullable: Nullable.GetUnderlyingType(context.TypeInfo.Type) is not null || context.PropertyInfo is { IsSetNullable: true });
        if (context.PropertyInfo is { } property)
            DescribeProperty(schema, property);
        return schema;
    }

    private static void DescribeType(JsonObject schema, Type type, bool nullable)
    {
        string? format = type == typeof(TimeSpan) ? "duration"
            : type == typeof(IPEndPoint) ? "endpoint"
            : type == typeof(Uri) ? "uri"
            : type == typeof(ConnectionString) ? "connection-string"
            : type == typeof(AuthorityPublicKey) ? "authority-key"
            : null;
        if (format is null)
        {
            if (schema.Count == 0)
                schema["type"] = "string"; // All our converters read and write texts.
            return;
        }

        schema["type"] = nullable ? new JsonArray("string", "null") : "string";
        schema["format"] = format;
    }

    private static void DescribeProperty(JsonObject schema, JsonPropertyInfo property)
    {
        if (Attribute<DescriptionAttribute>(property) is { Description: { } description })
            schema["description"] = description;
        else if (XmlDocumentation.Summary(property) is { } summary)
            schema["description"] = summary;

        if (Attribute<RangeAttribute>(property) is { } range)
        {
            if (range.Minimum is int or double)
            {
                schema["minimum"] = JsonSerializer.SerializeToNode(range.Minimum);
                schema["maximum"] = JsonSerializer.SerializeToNode(range.Maximum);
            }
            else
            {
                schema["x-minimum"] = AnnotationCheck.Limit(range.Minimum);
                schema["x-maximum"] = AnnotationCheck.Limit(range.Maximum);
            }
        }

        if (Attribute<StringLengthAttribute>(property) is { } length)
            (schema["minLength"], schema["maxLength"]) = (length.MinimumLength, length.MaximumLength);
        if (Attribute<MaxLengthAttribute>(property) is { Length: > 0 } most)
            schema[IsList(property) ? "maxItems" : "maxLength"] = most.Length;
        if (Attribute<MinLengthAttribute>(property) is { } least)
            schema[IsList(property) ? "minItems" : "minLength"] = least.Length;
        if (Attribute<RegularExpressionAttribute>(property) is { } pattern)
            schema["pattern"] = pattern.Pattern;
        if (OptionsSecrets.IsSecret(property))
            schema["writeOnly"] = true;
        if (DefaultOf(property) is { } value)
            schema["default"] = value;
    }

    private static bool IsList(JsonPropertyInfo property) => property.PropertyType != typeof(string);

    /// <summary>What a new instance has; null where the owner cannot be made without values or the default is null.</summary>
    private static JsonNode? DefaultOf(JsonPropertyInfo property)
    {
        Type owner = property.DeclaringType;
        JsonTypeInfo info = RoleJson.Configuration.GetTypeInfo(owner);
        if (property.Get is null || info.CreateObject is null || info.Properties.Any(p => p.IsRequired) || OptionsSecrets.IsSecret(property))
            return null;
        return JsonSerializer.SerializeToNode(property.Get(info.CreateObject()), property.PropertyType, RoleJson.Configuration);
    }

    private static T? Attribute<T>(JsonPropertyInfo property)
        where T : Attribute =>
        property.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: true).OfType<T>().FirstOrDefault();
}
