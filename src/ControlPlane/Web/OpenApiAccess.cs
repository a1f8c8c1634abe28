using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Sv2.ControlPlane.Security;
using Swashbuckle.AspNetCore.SwaggerGen;
using Scope = Sv2.ControlPlane.Security.Scope;

namespace Sv2.ControlPlane.Web;

/// <summary>Says of every operation which scope it needs, and how it refuses those who lack it.</summary>
internal sealed class OpenApiAccess : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        AccessRule rule = context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<AccessRule>().LastOrDefault() ?? AccessRule.Strictest;
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions["x-scope"] = new JsonNodeExtension(JsonValue.Create(ScopeText.Of(rule.Scope)));
        operation.Extensions["x-figure"] = new JsonNodeExtension(JsonValue.Create(rule.IsFigure));
        string text = rule switch
        {
            { Scope: Scope.None } => "Open to everybody.",
            { IsFigure: true } => "Needs the scope read; by default open on loopback.",
            _ => $"Needs the scope {ScopeText.Of(rule.Scope)}.",
        };
        operation.Description = string.IsNullOrEmpty(operation.Description) ? text : $"{operation.Description} {text}";
        if (rule.Scope == Scope.None)
            return;
        operation.Responses ??= [];
        operation.Responses.TryAdd("401", new OpenApiResponse { Description = "Not signed in, or the token is unknown or has expired." });
        operation.Responses.TryAdd("403", new OpenApiResponse { Description = "The scope does not suffice, the CSRF token is missing, or a page of another origin asks." });
        operation.Responses.TryAdd("429", new OpenApiResponse { Description = "Too many requests; Retry-After tells when to try again." });
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", context.Document)] = [] }];
    }
}
