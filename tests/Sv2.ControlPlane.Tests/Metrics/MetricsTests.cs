using System.Diagnostics.Metrics;
using System.Globalization;
using Sv2.ControlPlane.Metrics;
using Sv2.ControlPlane.Tests.Support;
using Sv2.TestKit;

namespace Sv2.ControlPlane.Tests.Metrics;

public sealed class MetricsTests : IDisposable
{
    // A name of its own, because the other tests' servers listen in this process as well.
    private readonly string _name = $"Sv2.Tests.{Guid.NewGuid():N}";
    private readonly Meter _meter;
    private readonly MetricsCollector _collector = new();

    public MetricsTests()
    {
        _meter = new Meter(_name);
        _collector.Start();
    }

    public void Dispose()
    {
        _meter.Dispose();
        _collector.Dispose();
    }

    private string Lines(string prefix)
    {
        var text = new PrometheusText();
        _collector.Write(text);
        return string.Join('\n', text.ToString().Split('\n').Where(l => l.StartsWith(prefix, StringComparison.Ordinal) || l.Contains($" {prefix}", StringComparison.Ordinal)));
    }

    [Fact]
    public void Counters_add_up_by_their_tags()
    {
        Counter<long> counter = _meter.CreateCounter<long>("t1.shares", description: "Shares judged.");
        counter.Add(2, new KeyValuePair<string, object?>("verdict", "accepted"));
        counter.Add(3, new KeyValuePair<string, object?>("verdict", "accepted"));
        counter.Add(1, new KeyValuePair<string, object?>("verdict", "a \"b\"\\\n"));
        Assert.Equal(
            """
            # HELP t1_shares_total Shares judged.
            # TYPE t1_shares_total counter
            t1_shares_total{verdict="accepted"} 5
            t1_shares_total{verdict="a \"b\"\\\n"} 1
            """.ReplaceLineEndings("\n"),
            Lines("t1_"));
    }

    [Fact]
    public void Histograms_have_cumulative_buckets()
    {
        Histogram<double> histogram = _meter.CreateHistogram("t2.wait", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (double value in (double[])[0.05, 0.1, 0.5, 7])
            histogram.Record(value);
        Assert.Equal(
            """
            # TYPE t2_wait_seconds histogram
            t2_wait_seconds_bucket{le="0.1"} 2
            t2_wait_seconds_bucket{le="1"} 3
            t2_wait_seconds_bucket{le="+Inf"} 4
            t2_wait_seconds_sum 7.65
            t2_wait_seconds_count 4
            """.ReplaceLineEndings("\n"),
            Lines("t2_"));
    }

    [Fact]
    public void Gauges_and_observed_values_are_the_last()
    {
        int value = 5;
        _meter.CreateObservableGauge("t3.depth", () => value);
        _meter.CreateObservableCounter("t3.sent", () => (long)value, "By");
        UpDownCounter<int> open = _meter.CreateUpDownCounter<int>("t3.open");
        open.Add(3);
        open.Add(-1);
        _ = Lines("t3_");
        value = 6;
        Assert.Equal(
            """
            # TYPE t3_depth gauge
            t3_depth 6
            # TYPE t3_open gauge
            t3_open 2
            # TYPE t3_sent_bytes_total counter
            t3_sent_bytes_total 6
            """.ReplaceLineEndings("\n"),
            Lines("t3_"));
    }

    [Fact]
    public void An_instrument_has_a_bounded_number_of_series()
    {
        Counter<long> counter = _meter.CreateCounter<long>("t4.many");
        for (int i = 0; i < 5000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("user", i));
        string[] lines = Lines("t4_").Split('\n');
        Assert.Equal(InstrumentSeries.SeriesMax + 2, lines.Length);
        Assert.Contains($"t4_many_total{{overflow=\"true\"}} {5000 - InstrumentSeries.SeriesMax}", lines);
    }

    [Fact]
    public void A_callback_that_throws_hides_only_itself()
    {
        _meter.CreateObservableGauge("t5.bad", (Func<int>)(() => throw new InvalidOperationException("no")));
        _meter.CreateObservableGauge("t5.good", () => 1);
        Assert.Equal("# TYPE t5_good gauge\nt5_good 1", Lines("t5_"));
    }

    [Fact]
    public void Measuring_allocates_nothing_and_loses_nothing()
    {
        Counter<long> counter = _meter.CreateCounter<long>("t6.shares");
        Histogram<double> histogram = _meter.CreateHistogram<double>("t6.wait", "s");
        var tag = new KeyValuePair<string, object?>("verdict", "accepted");
        void Measure()
        {
            counter.Add(1, tag);
            histogram.Record(0.002, tag);
        }

        Allocations.AssertNone(_ => Measure(), warmUp: 1000, perRound: 250, rounds: 4);

        Parallel.For(0, 8000, _ => Measure());
        Assert.Contains("t6_shares_total{verdict=\"accepted\"} 10000", Lines("t6_"));
        Assert.Contains("t6_wait_seconds_count{verdict=\"accepted\"} 10000", Lines("t6_"));
    }

    [Fact]
    public async Task The_endpoint_speaks_prometheus_text()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        Roles.Tests.Hosting.ScriptedRole pool = await app.CreateAsync("pool");
        pool.CurrentReport = pool.CurrentReport with
        {
            Figures = [new("hashRate", 2e6, "H/s"), new("sharesAccepted", 10, "shares"), new("sharesRejected", 3, "shares")],
            Rejections = new Dictionary<string, long> { ["stale-share"] = 2 },
        };
        using HttpResponseMessage response = await app.Client.GetAsync("metrics");
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("0.0.4", response.Content.Headers.ContentType?.Parameters.Single(p => p.Name == "version").Value);
        string[] lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("sv2_role_up{instance=\"pool\",kind=\"scripted\"} 1", lines);
        Assert.Contains("sv2_role_hash_rate_hashes_per_second{instance=\"pool\",kind=\"scripted\"} 2000000", lines);
        Assert.Equal(
            ["accepted\"} 10", "stale-share\"} 2", "rejected\"} 1"],
            lines.Where(l => l.StartsWith("sv2_role_shares_total{", StringComparison.Ordinal)).Select(l => l.Split("verdict=\"")[1]));
        Assert.Contains("sv2_alarms{severity=\"error\"} 0", lines);
        Assert.Contains(lines, l => l.StartsWith("dotnet_gc_collections_total{", StringComparison.Ordinal));
        foreach (string line in lines.Where(l => l[0] != '#'))
        {
            Assert.Matches("^[a-z_][a-z0-9_]*(\\{[a-z_][a-z0-9_]*=\"([^\"\\\\]|\\\\.)*\"(,[a-z_][a-z0-9_]*=\"([^\"\\\\]|\\\\.)*\")*\\})? \\S+$", line);
            string number = line[(line.LastIndexOf(' ') + 1)..];
            Assert.True(number is "+Inf" or "-Inf" or "NaN" || double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out _), line);
        }
    }
}
