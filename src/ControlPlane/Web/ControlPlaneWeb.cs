using Microsoft.Extensions.FileProviders;
using Microsoft.OpenApi;
using Sv2.ControlPlane.Api;
using Sv2.ControlPlane.Metrics;
using Sv2.ControlPlane.Security;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Web;

/// <summary>Puts the control plane into a web application: services, and the way of a request.</summary>
public static class ControlPlaneWeb
{
    /// <summary>Registers the control plane over a role host.</summary>
    public static IServiceCollection AddControlPlane(this IServiceCollection services, ControlPlaneOptions options, IRoleHost host, TimeProvider time)
    {
        services.AddSingleton(options).AddSingleton(host).AddSingleton(time);
        services.AddSingleton<EventsApi>();
        services.AddSingleton<MetricsCollector>();
        services.AddSingleton<RoleMetrics>();
        services.AddExceptionHandler<ProblemHandler>();
        services.AddProblemDetails();
        // A bad request takes the same way as every other error, with words for it.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json =>
        {
            RoleJson.Apply(json.SerializerOptions);
            json.SerializerOptions.UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals;
        });
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(OpenApi.Configure);
        return services;
    }

    /// <summary>Lays out the way of a request.</summary>
    public static void UseControlPlane(this WebApplication app)
    {
        // Counts from the start, not from the first look.
        app.Services.GetRequiredService<MetricsCollector>().Start();

        app.UseExceptionHandler();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<HostHeaderGuard>();
        app.UseMiddleware<CrossOriginGuard>();
        app.UseMiddleware<ApiKeyGuard>();
        app.UseStatusCodePages(context => Problems.WriteAsync(
            context.HttpContext, context.HttpContext.Response.StatusCode, "Not possible", $"{context.HttpContext.Request.Method} {context.HttpContext.Request.Path} cannot be answered. See /swagger for what can."));

        app.UseSwagger();
        app.UseSwaggerUI(ui =>
        {
            ui.DocumentTitle = "sv2 REST API";
            ui.SwaggerEndpoint("v1/swagger.json", "sv2 REST API v1");
        });

        var pages = new PhysicalFileProvider(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = pages });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = pages,
            // Revalidated at each load, so that an update of the program is an update of the pages.
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache",
        });

        app.MapHealth();
        app.MapMetrics();
        RouteGroupBuilder api = app.MapGroup("/api/v1");
        api.MapOverview();
        api.MapRoles();
        api.MapKinds();
        api.MapLists();
        EventsApi.Map(api);
    }
}
