using System.Diagnostics.Metrics;

namespace Sv2.Transport.Internal;

/// <summary>The meter <c>Sv2.Transport</c>: connections, handshakes, bytes and frames. Counted per read and per flush, not per message.</summary>
internal static class TransportMetrics
{
    internal const string MeterName = "Sv2.Transport";

    private static readonly Meter Meter = new(MeterName);
    private static readonly UpDownCounter<long> OpenConnections = Meter.CreateUpDownCounter<long>("sv2.connections.open", "{connection}", "Connections open now");
    private static readonly Counter<long> ClosedConnections = Meter.CreateCounter<long>("sv2.connections.closed", "{connection}", "Connections closed, by kind of reason");
    private static readonly Counter<long> RefusedConnections = Meter.CreateCounter<long>("sv2.connections.refused", "{connection}", "Connections refused at accept, by limit");
    private static readonly Counter<long> Handshakes = Meter.CreateCounter<long>("sv2.handshakes", "{handshake}", "Noise handshakes, by outcome");
    private static readonly Histogram<double> HandshakeDuration = Meter.CreateHistogram<double>("sv2.handshakes.duration", "s", "Time a Noise handshake took");
    private static readonly Counter<long> ReceivedBytes = Meter.CreateCounter<long>("sv2.bytes.received", "By", "Bytes received");
    private static readonly Counter<long> SentBytes = Meter.CreateCounter<long>("sv2.bytes.sent", "By", "Bytes sent");
    private static readonly Counter<long> ReceivedFrames = Meter.CreateCounter<long>("sv2.frames.received", "{frame}", "Frames received");
    private static readonly Counter<long> SentFrames = Meter.CreateCounter<long>("sv2.frames.sent", "{frame}", "Frames sent");

    internal static void Opened() => OpenConnections.Add(1);

    internal static void Closed(CloseKind kind)
    {
        OpenConnections.Add(-1);
        ClosedConnections.Add(1, new KeyValuePair<string, object?>("reason", kind.ToString()));
    }

    internal static void Refused(string limit) => RefusedConnections.Add(1, new KeyValuePair<string, object?>("limit", limit));

    internal static void Handshake(bool succeeded, TimeSpan duration)
    {
        Handshakes.Add(1, new KeyValuePair<string, object?>("outcome", succeeded ? "done" : "failed"));
        if (succeeded) HandshakeDuration.Record(duration.TotalSeconds);
    }

    internal static void BytesReceived(long bytes) => ReceivedBytes.Add(bytes);

    internal static void BytesSent(long bytes) => SentBytes.Add(bytes);

    internal static void FramesReceived(int frames) => ReceivedFrames.Add(frames);

    internal static void FramesSent(int frames) => SentFrames.Add(frames);
}
