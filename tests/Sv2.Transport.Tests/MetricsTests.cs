using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Setup;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests;

/// <summary>What an operator sees: the meter and the log.</summary>
public class MetricsTests
{
    [Fact]
    public async Task The_meter_counts_connections_handshakes_bytes_and_frames()
    {
        var sums = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, meters) =>
        {
            if (instrument.Meter.Name == "Sv2.Transport") meters.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.Start();

        await using (Pair pair = await Pair.CreateAsync(encrypted: true))
        {
            Task running = pair.RunAsync();
            await pair.Peer.SendAsync(new Reconnect { NewHost = "", NewPort = 0 });
            await pair.Handler.NextAsync();
            pair.Connection.TrySend(new Reconnect { NewHost = "", NewPort = 0 });
            await pair.Peer.ExpectAsync<Reconnect>();
            await pair.Peer.EndAsync();
            await running;
        }

        // Other tests of the process count as well, so these are lower bounds.
        foreach (string name in (string[])["sv2.handshakes", "sv2.connections.closed", "sv2.frames.received", "sv2.frames.sent"])
            Assert.True(sums.GetValueOrDefault(name) >= 1, name);
        foreach (string name in (string[])["sv2.bytes.received", "sv2.bytes.sent"])
            Assert.True(sums.GetValueOrDefault(name) >= 22 + 19, name);
    }

    [Fact]
    public async Task The_log_names_the_peer_and_the_reason_and_holds_no_control_characters()
    {
        var log = new RecordingLog();
        await using var server = await EchoServer.StartAsync(loggers: log);
        await using (Sv2Connection connection = await Sv2Connector.ConnectAsync(server.ConnectionString))
        {
            var setup = new ClientSetup { Protocol = Subprotocol.Mining, Vendor = "evil\n\u001b[31mFAKE", Flags = 8 };
            Assert.False((await setup.RunAsync(connection)).Succeeded);
        }

        await server.NextReasonAsync();
        Assert.Contains(log.Lines, line => line.Contains("unsupported-feature-flags", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("127.0.0.1", StringComparison.Ordinal) && line.Contains("SetupRefused", StringComparison.Ordinal));
        Assert.All(log.Lines, line => Assert.DoesNotContain(line, char.IsControl));
    }

    private sealed class RecordingLog : ILoggerFactory, ILogger
    {
        internal ConcurrentQueue<string> Lines { get; } = new();

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
