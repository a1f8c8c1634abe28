using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sv2.ControlPlane.Metrics;
using Sv2.ControlPlane.Tests.Support;

namespace Sv2.ControlPlane.Tests.Metrics;

/// <summary>The dashboard and the alert rules name only what /metrics gives.</summary>
public partial class MonitoringDocsTests
{
    private static string Folder => RepositoryFiles.PathOf("docs", "monitoring");

    [Theory]
    [InlineData("grafana-dashboard.json", 30)]
    [InlineData("alerts.yml", 15)]
    public async Task Every_metric_named_there_exists(string file, int least)
    {
        HashSet<string> known = await KnownAsync();
        string text = await File.ReadAllTextAsync(Path.Combine(Folder, file));
        List<string> named = [.. Names().Matches(text).Select(m => m.Value)];
        Assert.True(named.Count >= least, $"only {named.Count} metrics found in {file}");
        Assert.All(named, n => Assert.True(known.Contains(n), n));
    }

    [Fact]
    public async Task The_dashboard_is_one_that_Grafana_takes()
    {
        using JsonDocument dashboard = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(Folder, "grafana-dashboard.json")));
        List<JsonElement> panels = [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()];
        Assert.Equal(panels.Count, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels.Where(p => p.GetProperty("type").GetString() != "row"), p => Assert.NotEmpty(p.GetProperty("targets").EnumerateArray()));
    }

    /// <summary>Metrics from instruments, whether they have been measured in this process or not, and those of the roles.</summary>
    private static async Task<HashSet<string>> KnownAsync()
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (!instrument.Meter.Name.StartsWith("Sv2", StringComparison.Ordinal) && instrument.Meter.Name != "System.Runtime")
                return;
            var series = new InstrumentSeries(instrument);
            lock (known)
            {
                known.Add(series.Name);
                if (series.Kind == SeriesKind.Histogram)
                    known.UnionWith([$"{series.Name}_bucket", $"{series.Name}_sum", $"{series.Name}_count"]);
            }
        };
        listener.Start();
        // Instruments are made when their class is first used.
        foreach (string path in Directory.EnumerateFiles(AppContext.BaseDirectory, "Sv2.*.dll"))
        {
            foreach (Type type in Assembly.LoadFrom(path).GetTypes().Where(t => t.Name.EndsWith("Metrics", StringComparison.Ordinal) && !t.ContainsGenericParameters))
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        string text = await app.Client.GetStringAsync("metrics");
        lock (known)
        {
            known.UnionWith(Families().Matches(text).Select(m => m.Groups["name"].Value));
            return [.. known];
        }
    }

    [GeneratedRegex(@"\b(sv2|dotnet|process)_[a-z0-9_]+\b")]
    private static partial Regex Names();

    [GeneratedRegex(@"^# TYPE (?<name>\S+)", RegexOptions.Multiline)]
    private static partial Regex Families();
}
