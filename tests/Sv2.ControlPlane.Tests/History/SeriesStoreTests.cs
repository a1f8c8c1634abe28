using Sv2.ControlPlane.History;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.ControlPlane.Tests.History;

public sealed class SeriesStoreTests : IDisposable
{
    private const long Start = 1_800_000_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Path => System.IO.Path.Combine(_folder.Path, "series.db");

    private static SeriesInfo Shares => SeriesCatalog.Find("shares")!;

    private static SeriesInfo HashRate => SeriesCatalog.Find("hashRate")!;

    [Fact]
    public void Levels_are_averaged_and_counts_are_summed_at_every_resolution()
    {
        using SeriesStore store = SeriesStore.Open(Path);
        for (int i = 0; i < 12; i++)
            store.Add(Start + (5 * i), [new("hashRate", "", "", i), new("shares", "", "accepted", 2), new("shares", "", "stale-share", i % 2)]);

        foreach (SeriesResolution resolution in SeriesResolution.Stack.Where(r => r.Step >= 60))
        {
            SeriesPoint level = Assert.Single(store.Read(HashRate, "", 0, long.MaxValue, resolution, resolution.Step));
            Assert.Equal((5.5, 0, 11), (level.Value, level.Min, level.Max));
            Assert.Equal([("accepted", 24.0), ("stale-share", 6.0)], store.Read(Shares, "", 0, long.MaxValue, resolution, resolution.Step).Select(p => (p.Label, p.Value)));
        }

        IReadOnlyList<SeriesPoint> fine = store.Read(HashRate, "", Start, Start + 60, SeriesResolution.Stack[0], 10);
        Assert.Equal([0.5, 2.5, 4.5, 6.5, 8.5, 10.5], fine.Select(p => p.Value));
        // A coarser step than is stored.
        Assert.Equal([2.5, 8.5], store.Read(HashRate, "", Start, Start + 60, SeriesResolution.Stack[0], 30).Select(p => p.Value));
    }

    [Fact]
    public void What_is_stored_outlives_the_process_and_instances_do_not_mix()
    {
        using (SeriesStore store = SeriesStore.Open(Path))
            store.Add(Start, [new("hashRate", "", "", 1), new("hashRate", "pool", "", 2)]);
        using SeriesStore again = SeriesStore.Open(Path);
        again.Add(Start, [new("hashRate", "pool", "", 4)]);
        Assert.Equal(3, Assert.Single(again.Read(HashRate, "pool", Start, Start + 10, SeriesResolution.Stack[0], 10)).Value);
        Assert.Equal(1, Assert.Single(again.Read(HashRate, "", Start, Start + 10, SeriesResolution.Stack[0], 10)).Value);
    }

    [Fact]
    public void Each_resolution_forgets_after_its_own_time()
    {
        using SeriesStore store = SeriesStore.Open(Path);
        store.Add(Start, [new("hashRate", "", "", 1)]);
        foreach (SeriesResolution resolution in SeriesResolution.Stack)
        {
            store.Forget(Start + (long)resolution.Kept.TotalSeconds);
            Assert.Single(store.Read(HashRate, "", 0, long.MaxValue, resolution, resolution.Step));
            store.Forget(Start + (long)resolution.Kept.TotalSeconds + resolution.Step + 1);
            Assert.Empty(store.Read(HashRate, "", 0, long.MaxValue, resolution, resolution.Step));
        }
    }

    [Fact]
    public void What_is_no_number_is_left_out_and_lines_are_bounded()
    {
        using SeriesStore store = SeriesStore.Open(null);
        store.Add(Start, [new("hashRate", "", "", double.NaN), new("hashRate", "", "", double.PositiveInfinity)]);
        Assert.Empty(store.Read(HashRate, "", 0, long.MaxValue, SeriesResolution.Stack[0], 10));
        store.Add(Start, [.. Enumerable.Range(0, SeriesStore.LinesMax + 5).Select(i => new Sample("shares", "", $"line-{i}", 1))]);
        Assert.Equal(SeriesStore.LinesMax, store.Read(Shares, "", 0, long.MaxValue, SeriesResolution.Stack[^1], 3600).Count);
    }

    [Theory]
    [InlineData(0.5, 0.5)]
    [InlineData(0.99, 0.99)]
    [InlineData(0.25, 0.25)]
    public void Quantiles_lie_in_their_bucket(double quantile, double expected)
    {
        double[] bounds = [0.25, 0.5, 0.75, 1];
        Assert.Equal(expected, HistogramQuantiles.Quantile(bounds, [100, 100, 100, 100, 0], quantile), 6);
    }

    [Fact]
    public void A_counter_that_begins_anew_is_no_loss()
    {
        var deltas = new CounterDeltas();
        double Look(double value)
        {
            double delta = deltas.Of("shares", "pool", "accepted", value);
            deltas.EndLook();
            return delta;
        }

        Assert.Equal([0, 5, 0, 3, 2], ((double[])[100, 105, 105, 3, 5]).Select(Look));
        Assert.Equal(7, deltas.Of("shares", "new", "accepted", 7));
    }
}
