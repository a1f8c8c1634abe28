using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Dashboard;

namespace Sv2.Cluster;

/// <summary>
/// The Orleans Dashboard beside the control plane's pages, behind the same sign-in: it says of none of its operations who may
/// call it, so all of them are for administrators. Its services live in the silo, the requests come to the web server.
/// </summary>
internal static class DashboardPages
{
    private const string Path = "/orleans";

    // As for the other pages, but that the dashboard's charts set styles on their elements.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Maps the dashboard.</summary>
    /// <param name="pages">The web server's endpoints.</param>
    /// <param name="silo">The silo's services.</param>
    public static void Map(IEndpointRouteBuilder pages, IServiceProvider silo)
    {
        RouteGroupBuilder dashboard = new WithSiloServices(pages, silo).MapOrleansDashboard(Path);
        dashboard.ExcludeFromDescription();
        ((IEndpointConventionBuilder)dashboard).Add(endpoint =>
        {
            RequestDelegate inner = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => AnswerAsync(context, inner, silo);
        });
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate inner, IServiceProvider silo)
    {
        context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        IServiceProvider outer = context.RequestServices;
        await using AsyncServiceScope scope = silo.CreateAsyncScope();
        context.RequestServices = new FirstOf(scope.ServiceProvider, outer);
        try
        {
            await inner(context);
        }
        finally
        {
            context.RequestServices = outer;
        }
    }

    /// <summary>The web server's endpoints, mapped by somebody who looks for its services in the silo.</summary>
    private sealed class WithSiloServices(IEndpointRouteBuilder pages, IServiceProvider silo) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider { get; } = new FirstOf(silo, pages.ServiceProvider);

        public ICollection<EndpointDataSource> DataSources => pages.DataSources;

        public IApplicationBuilder CreateApplicationBuilder() => pages.CreateApplicationBuilder();
    }

    /// <summary>Services of the silo, and of the web server where the silo has none.</summary>
    private sealed class FirstOf(IServiceProvider silo, IServiceProvider web) : IServiceProvider
    {
        public object? GetService(Type serviceType) => silo.GetService(serviceType) ?? web.GetService(serviceType);
    }
}
