using System.ComponentModel.DataAnnotations;

namespace Sv2.ControlPlane.Metrics;

/// <summary>Where metrics are sent by the OpenTelemetry protocol.</summary>
public sealed record OtlpOptions
{
    /// <summary>The collector, such as <c>http://127.0.0.1:4317</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>gRPC, or protobuf over HTTP.</summary>
    public OtlpWire Protocol { get; init; } = OtlpWire.Grpc;

    /// <summary>How often.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a stop waits for the collector to take the last ones.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Headers of each request, such as <c>api-key=…</c>, separated by commas.</summary>
    [DataType(DataType.Password)]
    public string? Headers { get; init; }
}

/// <summary>How OTLP is carried.</summary>
public enum OtlpWire
{
    /// <summary>gRPC, port 4317 as a rule.</summary>
    Grpc,

    /// <summary>Protobuf over HTTP, port 4318 as a rule.</summary>
    HttpProtobuf,
}
