using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Sv2.ControlPlane.Api;
using Sv2.Roles;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Sv2.ControlPlane.Web;

/// <summary>The OpenAPI document at /swagger/v1/swagger.json.</summary>
internal static class OpenApi
{
    public static void Configure(SwaggerGenOptions swagger)
    {
        swagger.SwaggerDoc("v1", new OpenApiInfo
        {
            Title = "sv2 control plane",
            Version = "v1",
            Description = "Runs and watches the roles of a Stratum V2 stack. Errors are problem+json; a wrong configuration lists every key that is wrong in `errors`. What an operation needs is in its description: the scopes are read, operate and admin, and each holds those before it.",
        });
        foreach (Type type in (Type[])[typeof(OpenApi), typeof(IRoleHost)])
        {
            string xml = Path.Combine(AppContext.BaseDirectory, type.Assembly.GetName().Name + ".xml");
            if (File.Exists(xml))
                swagger.IncludeXmlComments(xml);
        }

        swagger.AddSecurityDefinition("token", new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An access token: the administrator's, which the first start printed, or one of POST /api/v1/tokens. Browsers that are signed in need none.",
        });
        swagger.OperationFilter<OpenApiAccess>();
        swagger.OperationFilter<OpenApiExamples>();
        swagger.MapType<JsonObject>(() => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalPropertiesAllowed = true });
        swagger.MapType<JsonNode>(() => new OpenApiSchema());
        MapQueryEnum<BlockState>(swagger);
        MapQueryEnum<RoleEventSeverity>(swagger);
        swagger.SupportNonNullableReferenceTypes();
        swagger.NonNullableReferenceTypesAsRequired();
        swagger.CustomSchemaIds(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>)
            ? type.GetGenericArguments()[0].Name + "Page"
            : type.Name);
    }

    private static void MapQueryEnum<T>(SwaggerGenOptions swagger)
        where T : struct, Enum => swagger.MapType<QueryEnum<T>>(() => new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Enum = [.. Enum.GetNames<T>().Select(name => (JsonNode)JsonNamingPolicy.CamelCase.ConvertName(name))],
        });
}
