using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sv2.Roles.Hosting;

/// <summary>How configurations and everything that roles report are written in JSON.</summary>
public static class RoleJson
{
    /// <summary>For configurations: camelCase, enums in kebab-case, unknown members refused, comments and trailing commas read.</summary>
    public static JsonSerializerOptions Configuration { get; } = Make(configuration: true);

    /// <summary>For reports, events and definitions. Not-a-number and infinity become strings, never an error.</summary>
    public static JsonSerializerOptions Wire { get; } = Make(configuration: false);

    private static JsonSerializerOptions Make(bool configuration)
    {
        var options = new JsonSerializerOptions(JsonSerializerOptions.Default)
        {
            UnmappedMemberHandling = configuration ? JsonUnmappedMemberHandling.Disallow : JsonUnmappedMemberHandling.Skip,
            NumberHandling = configuration ? JsonNumberHandling.Strict : JsonNumberHandling.AllowNamedFloatingPointLiterals,
            WriteIndented = configuration,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        Apply(options);
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Gives other options, such as a web server's, the same names, converters and strictness about nulls.</summary>
    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DictionaryKeyPolicy = null;
        options.ReadCommentHandling = JsonCommentHandling.Skip;
        options.AllowTrailingCommas = true;
        options.AllowOutOfOrderMetadataProperties = true;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        // Readable text; safe because nothing writes this JSON into markup.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        options.Converters.Add(new DurationJsonConverter());
        options.Converters.Add(new EndPointJsonConverter());
        options.Converters.Add(new ConnectionStringJsonConverter());
        options.Converters.Add(new AuthorityPublicKeyJsonConverter());
    }
}
