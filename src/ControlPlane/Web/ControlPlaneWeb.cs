using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.FileProviders;
using Microsoft.OpenApi;
using Sv2.ControlPlane.Api;
using Sv2.ControlPlane.History;
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
        services.AddSingleton(options.LogThreshold);
        services.AddAccess(options);
        services.AddHistory(options);
        services.AddSingleton<EventsApi>();
        services.AddSingleton<MiningBoard>();
        services.AddSingleton<MetricsCollector>();
        services.AddHostedService<OtlpExport>();
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

    /// <summary>Behind a proxy that ends TLS, the client's address and scheme are those that it tells; nobody else is believed.</summary>
    private static void UseProxies(WebApplication app, IReadOnlyList<IPAddress> proxies)
    {
        if (proxies.Count == 0)
            return;
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (IPAddress proxy in proxies)
            forwarded.KnownProxies.Add(proxy);
        app.UseForwardedHeaders(forwarded);
    }

    private static void AddAccess(this IServiceCollection services, ControlPlaneOptions options)
    {
        services.AddSingleton(_ => ControlStore.Open(options.DataDirectory));
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<SignInCodes>();
        services.AddSingleton<SignInFailures>();
        services.AddSingleton<AuditLog>();
        services.AddRateLimiter(options.RateLimits.Configure);
    }

    private static void AddHistory(this IServiceCollection services, ControlPlaneOptions options)
    {
        services.AddSingleton(_ => SeriesStore.Open(options.DataDirectory is { } folder ? Path.Combine(folder, "series.db") : null));
        services.AddSingleton<WorkerHistory>();
        services.AddSingleton<AlarmBoard>();
        services.AddSingleton<LiveRates>();
        services.AddSingleton<HistogramQuantiles>();
        services.AddSingleton<Sampler>();
        if (options.LooksByItself)
            services.AddHostedService(provider => provider.GetRequiredService<Sampler>());
    }

    /// <summary>Lays out the way of a request.</summary>
    public static void UseControlPlane(this WebApplication app)
    {
        // Counts from the start, not from the first look.
        app.Services.GetRequiredService<MetricsCollector>().Start();

        UseProxies(app, app.Services.GetRequiredService<ControlPlaneOptions>().TrustedProxies);
        app.UseMiddleware<AuditTrail>();
        app.UseExceptionHandler();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<HostHeaderGuard>();
        app.UseRateLimiter();
        app.UseRouting();
        app.UseMiddleware<CrossOriginGuard>();
        app.UseMiddleware<AccessGuard>();
        app.UseStatusCodePages(context => Problems.WriteAsync(
            context.HttpContext, context.HttpContext.Response.StatusCode, "Not possible", $"{context.HttpContext.Request.Method} {context.HttpContext.Request.Path} cannot be answered. See /swagger for what can."));

        app.UseSwagger();
        app.UseSwaggerUI(ui =>
        {
            ui.DocumentTitle = "sv2 REST API";
            ui.SwaggerEndpoint("v1/swagger.json", "sv2 REST API v1");
            // Adds the CSRF token of the browser's session to what is tried out there.
            ui.InjectJavascript("/js/swagger-session.js");
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
        app.MapSignInLink();
        RouteGroupBuilder api = app.MapGroup("/api/v1");
        api.MapOverview();
        api.MapRoles();
        api.MapKinds();
        api.MapLists();
        api.MapMiners();
        api.MapTemplates();
        api.MapSeries();
        api.MapKeys();
        api.MapLedger();
        api.MapFrames();
        api.MapLogLevel();
        api.MapSession();
        api.MapTokens();
        api.MapEventHistory();
        EventsApi.Map(api);
        app.Services.GetRequiredService<ControlPlaneOptions>().FurtherPages?.Invoke(app);
    }
}
