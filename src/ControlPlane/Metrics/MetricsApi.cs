using Sv2.ControlPlane.Security;

namespace Sv2.ControlPlane.Metrics;

/// <summary>/metrics for Prometheus.</summary>
internal static class MetricsApi
{
    public static void MapMetrics(this IEndpointRouteBuilder app) =>
        app.MapGet("/metrics", async (MetricsCollector collector, RoleMetrics roles, ControlPlaneOptions options, CancellationToken cancellationToken) =>
            {
                var text = new PrometheusText();
                text.Family("sv2_build_info", SeriesKind.Gauge, "The version of this program.");
                text.Sample("sv2_build_info", [new("version", options.Version)], 1);
                text.Family("process_start_time_seconds", SeriesKind.Gauge, "When this program started, in seconds since 1970.");
                text.Sample("process_start_time_seconds", [], options.StartedAt.ToUnixTimeMilliseconds() / 1000.0);
                await roles.WriteAsync(text, cancellationToken);
                collector.Write(text);
                return Results.Text(text.ToString(), PrometheusText.ContentType);
            })
            .WithName("metrics").WithTags("Overview").WithSummary("Counters, gauges and histograms in Prometheus' text format.")
            .IsFigure()
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
}
