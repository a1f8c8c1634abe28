using Sv2.Protocol;

namespace Sv2.Roles.Workers;

/// <summary>One worker's name and what was submitted under it since the start. Thread-safe.</summary>
internal sealed class Worker(string name)
{
    // Somebody who is known by shares alone, behind a proxy, is not seen leaving.
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly HashRateWindow _hashRate = new();
    private DateTimeOffset? _lastShareAt;

    public string Name { get; } = name;

    /// <summary>Its shares.</summary>
    public ShareTally Tally { get; } = new();

    /// <summary>Connections or channels that are open under the name. Changed by the table, under its lock.</summary>
    public int Open { get; set; }

    /// <summary>Whether any ever was: others are known by their shares alone.</summary>
    public bool WasOpen { get; set; }

    /// <summary>When the last one closed, or the name was first heard of.</summary>
    public DateTimeOffset SeenAt { get; set; }

    public DateTimeOffset? LastShareAt
    {
        get
        {
            lock (_gate)
                return _lastShareAt;
        }
    }

    /// <summary>Counts an accepted share.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="work">Hashes that its target takes on average.</param>
    /// <param name="now">The time.</param>
    public void Accept(in U256 hash, double work, DateTimeOffset now)
    {
        Tally.Accept(hash);
        lock (_gate)
        {
            _lastShareAt = now;
            _hashRate.Add(work, now.ToUnixTimeSeconds());
        }
    }

    /// <summary>All of it, as lists show it.</summary>
    public WorkerInfo Describe(DateTimeOffset now)
    {
        double hashRate;
        DateTimeOffset? lastShareAt;
        lock (_gate)
            (hashRate, lastShareAt) = (_hashRate.At(now.ToUnixTimeSeconds()), _lastShareAt);
        return new WorkerInfo
        {
            Name = LogText.Sanitise(Name),
            IsOnline = Open > 0 || (!WasOpen && now - lastShareAt < FreshFor),
            Channels = Open,
            HashRate = hashRate,
            SharesAccepted = Tally.Accepted,
            SharesRejected = Tally.Refused,
            Rejections = Tally.Refusals,
            BestDifficulty = Tally.Best,
            LastShareAt = lastShareAt,
        };
    }
}
