using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Sv2.ControlPlane.Metrics;

/// <summary>Sends the stack's metrics to a collector by the OpenTelemetry protocol, where one is configured.</summary>
internal sealed class OtlpExport(ControlPlaneOptions options) : IHostedService, IDisposable
{
    private MeterProvider? _provider;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Otlp is not { } otlp)
            return Task.CompletedTask;
        _provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("sv2", serviceVersion: options.Version))
            .AddMeter("Sv2.*", "System.Runtime", "Microsoft.AspNetCore.Hosting")
            .AddView(_ => new MetricStreamConfiguration { CardinalityLimit = InstrumentSeries.SeriesMax })
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Endpoint = otlp.Endpoint;
                exporter.Protocol = otlp.Protocol == OtlpWire.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
                exporter.Headers = otlp.Headers;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)otlp.Interval.TotalMilliseconds;
            })
            .Build();
        return Task.CompletedTask;
    }

    /// <summary>Sends what is there for the last time.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_provider is not { } provider)
            return;
        int patience = (int)options.Otlp!.StopPatience.TotalMilliseconds;
        await Task.Run(() => provider.Shutdown(patience), CancellationToken.None);
    }

    public void Dispose() => _provider?.Dispose();
}
