namespace Sv2.ControlPlane.History;

/// <summary>How fine the points are, and how long they are kept.</summary>
/// <param name="Step">Seconds from point to point.</param>
/// <param name="Kept">How long.</param>
internal sealed record SeriesResolution(int Step, TimeSpan Kept)
{
    /// <summary>For the stack and its instances, the finest first.</summary>
    public static IReadOnlyList<SeriesResolution> Stack { get; } =
    [
        new(10, TimeSpan.FromHours(6)),
        new(60, TimeSpan.FromDays(3)),
        new(600, TimeSpan.FromDays(60)),
        new(3600, TimeSpan.FromDays(5 * 365)),
    ];

    /// <summary>For single workers and miners, the finest first.</summary>
    public static IReadOnlyList<SeriesResolution> Worker { get; } =
    [
        new(300, TimeSpan.FromHours(24)),
        new(3600, TimeSpan.FromDays(7)),
    ];

    /// <summary>The finest that still reaches back to a moment.</summary>
    public static SeriesResolution Reaching(IReadOnlyList<SeriesResolution> all, long from, long now) =>
        all.FirstOrDefault(r => now - from <= (long)r.Kept.TotalSeconds) ?? all[^1];
}
