using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sv2.ControlPlane.History;
using Sv2.ControlPlane.Security;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>Which time a request wants.</summary>
internal record SeriesRange
{
    private const int PointsMax = 2000;
    private static readonly DateTimeOffset Oldest = new(2009, 1, 3, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, TimeSpan> Ranges = new(StringComparer.Ordinal)
    {
        ["15m"] = TimeSpan.FromMinutes(15),
        ["1h"] = TimeSpan.FromHours(1),
        ["6h"] = TimeSpan.FromHours(6),
        ["24h"] = TimeSpan.FromHours(24),
        ["7d"] = TimeSpan.FromDays(7),
        ["30d"] = TimeSpan.FromDays(30),
        ["1y"] = TimeSpan.FromDays(365),
    };

    [FromQuery(Name = "range"), Description("How far back: 15m, 1h, 6h, 24h, 7d, 30d or 1y; 1h if neither this nor from is given.")]
    public string? Range { get; init; }

    [FromQuery(Name = "from"), Description("Where it begins, instead of range.")]
    public DateTimeOffset? From { get; init; }

    [FromQuery(Name = "to"), Description("Where it ends; now if not given.")]
    public DateTimeOffset? To { get; init; }

    [FromQuery(Name = "points"), Description("At most so many points a line, 1 to 2000; 300 if not given.")]
    public int? Points { get; init; }

    /// <exception cref="ConfigurationException">Something is outside its limits.</exception>
    public SeriesWindow ToWindow(DateTimeOffset now)
    {
        if (Range is not null && From is not null)
            throw new ConfigurationException("range", "is given together with from", "give one of them");
        if (Range is not null && !Ranges.ContainsKey(Range))
            throw new ConfigurationException("range", $"'{Problems.Shown(Range)}' is not a range", $"choose one of: {string.Join(", ", Ranges.Keys)}");
        int points = Points ?? 300;
        if (points is < 1 or > PointsMax)
            throw new ConfigurationException("points", $"{points} is outside the limits", $"choose 1 to {PointsMax}");
        DateTimeOffset to = To ?? now;
        if (to < Oldest || to > now.AddDays(1))
            throw new ConfigurationException("to", $"{to:u} is no time that anything is known of", "leave it out to have everything up to now");
        DateTimeOffset from = From ?? to - Ranges[Range ?? "1h"];
        if (from < Oldest || from >= to)
            throw new ConfigurationException("from", $"{from:u} is no time before {to:u} that anything is known of", "give a later beginning, or a range");
        // Up to and with the second that it ends in.
        return new SeriesWindow(from.ToUnixTimeSeconds(), to.ToUnixTimeSeconds() + 1, points, now.ToUnixTimeSeconds());
    }
}

/// <summary>A time, and how many points of it.</summary>
internal sealed record SeriesWindow(long From, long To, int Points, long Now)
{
    /// <summary>The resolution to read, and the step to show: a multiple of the resolution's.</summary>
    public (SeriesResolution Resolution, int Step) Choose(IReadOnlyList<SeriesResolution> all)
    {
        SeriesResolution resolution = SeriesResolution.Reaching(all, From, Now);
        // A finer one than what is shown would only be more to read.
        long wanted = Math.Max(1, (To - From + Points - 1) / Points);
        resolution = all.LastOrDefault(r => r.Step <= wanted && r.Step >= resolution.Step) ?? resolution;
        long step = (wanted + resolution.Step - 1) / resolution.Step * resolution.Step;
        return (resolution, (int)Math.Min(step, int.MaxValue));
    }
}

/// <summary>A time series.</summary>
/// <param name="Name">The series.</param>
/// <param name="Unit">Unit of its values.</param>
/// <param name="Kind">Whether a value is a level or a count.</param>
/// <param name="From">Begin of the first step.</param>
/// <param name="To">End of the last step.</param>
/// <param name="StepSeconds">Seconds from point to point; steps without data have no point.</param>
/// <param name="Lines">Its lines; none where nothing is known yet.</param>
public sealed record SeriesView(string Name, string Unit, LineKind Kind, DateTimeOffset From, DateTimeOffset To, int StepSeconds, IReadOnlyList<SeriesLine> Lines)
{
    internal static SeriesView Of(SeriesInfo series, SeriesStore store, string instance, SeriesWindow window)
    {
        (SeriesResolution resolution, int step) = window.Choose(SeriesResolution.Stack);
        IReadOnlyList<SeriesPoint> points = store.Read(series, instance, window.From / step * step, window.To, resolution, step);
        return Make(series.Name, series.Unit, series.Kind, window, step,
            points.GroupBy(p => p.Label, StringComparer.Ordinal)
                .Select(g => new SeriesLine(g.Key, series.Unit, [.. g.Select(p => (double[])[p.Time, p.Value, p.Min, p.Max])])));
    }

    internal static SeriesView Of(string name, WorkerHistory history, HistoryKey key, SeriesWindow window)
    {
        (SeriesResolution resolution, int step) = window.Choose(SeriesResolution.Worker);
        var steps = history.Read(key, window.From / step * step, window.To, resolution)
            .GroupBy(p => p.Time / step * step)
            .Select(g => (Time: g.Key, HashRate: g.Average(p => p.HashRate), Low: g.Min(p => p.HashRate), High: g.Max(p => p.HashRate), Accepted: g.Sum(p => p.Accepted), Rejected: g.Sum(p => p.Rejected)))
            .OrderBy(p => p.Time)
            .ToList();
        return Make(name, "H/s", LineKind.Gauge, window, step,
        [
            new("hashRate", "H/s", [.. steps.Select(p => (double[])[p.Time, p.HashRate, p.Low, p.High])]),
            new("accepted", "shares", [.. steps.Select(p => (double[])[p.Time, p.Accepted, p.Accepted, p.Accepted])]),
            new("rejected", "shares", [.. steps.Select(p => (double[])[p.Time, p.Rejected, p.Rejected, p.Rejected])]),
        ]);
    }

    private static SeriesView Make(string name, string unit, LineKind kind, SeriesWindow window, int step, IEnumerable<SeriesLine> lines) => new(
        name, unit, kind, DateTimeOffset.FromUnixTimeSeconds(window.From / step * step), DateTimeOffset.FromUnixTimeSeconds(window.To), step, [.. lines]);
}

/// <summary>One line of a series.</summary>
/// <param name="Label">What it is; empty where the series has one line only.</param>
/// <param name="Unit">Unit of its values.</param>
/// <param name="Points">For each step with data: its begin in seconds since 1970, the value, the lowest and the highest level in it.</param>
public sealed record SeriesLine(string Label, string Unit, IReadOnlyList<double[]> Points);

/// <summary>Time series of the stack and its instances.</summary>
internal static class SeriesApi
{
    public static void MapSeries(this RouteGroupBuilder api)
    {
        RouteGroupBuilder series = api.MapGroup("/series").WithTags("Time series").IsFigure();
        series.MapGet("/", () => TypedResults.Ok(SeriesCatalog.All)).WithName("listSeries").WithSummary("The time series there are.");
        series.MapGet("/{name}", GetAsync).WithName("getSeries").WithSummary("A time series of the whole stack, or of one instance.")
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<SeriesView>> GetAsync(
        string name,
        [AsParameters] SeriesRange range,
        [FromQuery, Description("The role instance; the whole stack if not given.")] string? instance,
        SeriesStore store, IRoleHost host, TimeProvider time, CancellationToken cancellationToken)
    {
        SeriesInfo series = SeriesCatalog.Find(name) ?? throw new RoleNotFoundException(Problems.Shown(name), "time series");
        SeriesWindow window = range.ToWindow(time.GetUtcNow());
        if (instance is not null)
            await host.GetAsync(instance, cancellationToken);
        return TypedResults.Ok(SeriesView.Of(series, store, instance ?? "", window));
    }
}
