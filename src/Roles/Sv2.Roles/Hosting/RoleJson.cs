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
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DictionaryKeyPolicy = null,
            UnmappedMemberHandling = configuration ? JsonUnmappedMemberHandling.Disallow : JsonUnmappedMemberHandling.Skip,
            ReadCommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            AllowOutOfOrderMetadataProperties = true,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            NumberHandling = configuration ? JsonNumberHandling.Strict : JsonNumberHandling.AllowNamedFloatingPointLiterals,
            // Still safe inside HTML attributes and scripts? Not relied upon: the pages never write JSON into markup.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = configuration,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        options.Converters.Add(new DurationJsonConverter());
        options.Converters.Add(new EndPointJsonConverter());
        options.MakeReadOnly();
        return options;
    }
}
