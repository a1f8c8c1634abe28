namespace Sv2.ControlPlane.History;

/// <summary>Shares of the last ten minutes and the hash rate of the last hour, in steps of ten seconds. Not thread-safe.</summary>
internal sealed class ShareWindow
{
    private const int StepSeconds = 10;
    private const int ShareSteps = 60;
    private const int RateSteps = 360;
    private const int RateStepsMin = 60;

    /// <summary>The protocol's code of shares that came too late.</summary>
    private const string Stale = "stale-share";

    private readonly Queue<(long Step, double Accepted, double Tips, IReadOnlyDictionary<string, double> Rejected)> _shares = [];
    private readonly Queue<(long Step, double HashRate)> _rates = [];
    private long? _firstAt;
    private long? _lastShareAt;

    /// <summary>Adds what has happened since the last time.</summary>
    public void Add(long now, double accepted, IReadOnlyDictionary<string, double> rejected, double tips, double hashRate)
    {
        long step = now / StepSeconds;
        _firstAt ??= now;
        _shares.Enqueue((step, accepted, tips, rejected));
        while (_shares.Peek().Step <= step - ShareSteps)
            _shares.Dequeue();
        if (_rates.Count == 0 || _rates.Last().Step != step)
            _rates.Enqueue((step, hashRate));
        while (_rates.Peek().Step <= step - RateSteps)
            _rates.Dequeue();
        if (accepted > 0)
            _lastShareAt = now;
    }

    /// <summary>All of it.</summary>
    public ShareOutlook Look(long now)
    {
        string? worst = _shares.SelectMany(s => s.Rejected).Where(r => r.Value > 0)
            .GroupBy(r => r.Key, StringComparer.Ordinal).MaxBy(g => g.Sum(r => r.Value))?.Key;
        return new ShareOutlook(
            TimeSpan.FromSeconds(Math.Min(now - _firstAt ?? 0, ShareSteps * StepSeconds)),
            _shares.Sum(s => s.Accepted),
            _shares.Sum(s => s.Rejected.Values.Sum()),
            _shares.Sum(s => s.Rejected.GetValueOrDefault(Stale)),
            _shares.Sum(s => s.Tips),
            worst,
            _rates.Count >= RateStepsMin ? _rates.Average(r => r.HashRate) : null,
            _lastShareAt is { } at ? TimeSpan.FromSeconds(now - at) : null);
    }
}
