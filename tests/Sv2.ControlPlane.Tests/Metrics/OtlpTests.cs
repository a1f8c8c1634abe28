using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Sv2.ControlPlane.Metrics;
using Sv2.ControlPlane.Tests.Support;

namespace Sv2.ControlPlane.Tests.Metrics;

public class OtlpTests
{
    [Fact]
    public async Task Metrics_reach_a_collector()
    {
        using var collector = new StubCollector();
        string name = $"Sv2.Tests.{Guid.NewGuid():N}";
        using var meter = new Meter(name);
        await using (RunningControlPlane app = await RunningControlPlane.StartAsync(o => o with
        {
            // A process full of tests has many instruments, and compiles the way out on its first use.
            Otlp = new OtlpOptions
            {
                Endpoint = collector.Url,
                Protocol = OtlpWire.HttpProtobuf,
                Interval = TimeSpan.FromMinutes(10),
                StopPatience = TimeSpan.FromSeconds(30),
            },
        }))
        {
            meter.CreateCounter<long>("otlp.test.shares").Add(3);
            // The last ones are sent at the stop.
            await app.StopServerAsync();
        }

        string received = await collector.Received.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains("otlp.test.shares", received);
        Assert.Contains(name, received);
    }

    /// <summary>Takes one request and keeps its bytes as text.</summary>
    private sealed class StubCollector : IDisposable
    {
        private readonly System.Net.Sockets.TcpListener _listener = new(IPAddress.Loopback, 0);

        public StubCollector()
        {
            _listener.Start();
            Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1/metrics");
            Received = TakeAsync();
        }

        public Uri Url { get; }

        public Task<string> Received { get; }

        public void Dispose() => _listener.Stop();

        private async Task<string> TakeAsync()
        {
            using System.Net.Sockets.TcpClient client = await _listener.AcceptTcpClientAsync();
            await using System.Net.Sockets.NetworkStream stream = client.GetStream();
            var text = new StringBuilder();
            byte[] buffer = new byte[1 << 16];
            int length = int.MaxValue;
            int head = -1;
            while (head < 0 || text.Length - head < length)
            {
                int read = await stream.ReadAsync(buffer);
                if (read == 0)
                    break;
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
                if (head < 0 && text.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end and >= 0)
                {
                    head = end + 4;
                    string? line = text.ToString()[..end].Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
                    length = line is null ? 0 : int.Parse(line.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
                }
            }

            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            return text.ToString();
        }
    }
}
