namespace Sv2.Transport;

/// <summary>
/// Waits between attempts that grow exponentially up to a bound, each drawn at random from the upper half of its span,
/// so that a thousand clients that lost the same server do not come back in the same second. One thread at a time.
/// </summary>
public sealed class Backoff
{
    private readonly TimeProvider _clock;
    private readonly Random _random;

    /// <summary>Starts with the first wait.</summary>
    /// <param name="first">Upper bound of the first wait. Default 1 s.</param>
    /// <param name="max">Upper bound of every wait. Default 1 minute.</param>
    /// <param name="clock">The clock to wait on; null for the system's.</param>
    /// <param name="random">Where the jitter comes from; null for the shared generator.</param>
    /// <exception cref="ArgumentOutOfRangeException">The first wait is not above zero, or above the greatest.</exception>
    public Backoff(TimeSpan? first = null, TimeSpan? max = null, TimeProvider? clock = null, Random? random = null)
    {
        First = first ?? TimeSpan.FromSeconds(1);
        Max = max ?? TimeSpan.FromMinutes(1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(First, TimeSpan.Zero, nameof(first));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(First, Max, nameof(first));
        _clock = clock ?? TimeProvider.System;
        _random = random ?? Random.Shared;
    }

    /// <summary>Upper bound of the first wait.</summary>
    public TimeSpan First { get; }

    /// <summary>Upper bound of every wait.</summary>
    public TimeSpan Max { get; }

    /// <summary>Waits drawn since the start or the last <see cref="Reset"/>.</summary>
    public int Attempts { get; private set; }

    /// <summary>Draws the next wait: between half of and the whole of min(Max, First × 2^Attempts).</summary>
    public TimeSpan Next()
    {
        double span = Math.Min(Max.TotalSeconds, First.TotalSeconds * Math.Pow(2, Math.Min(Attempts, 40)));
        Attempts++;
        return TimeSpan.FromSeconds(span * (0.5 + (_random.NextDouble() / 2)));
    }

    /// <summary>Draws the next wait and waits it.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task WaitAsync(CancellationToken cancellation = default) => Task.Delay(Next(), _clock, cancellation);

    /// <summary>Starts over. To be called when a connection has held for a while, not when it has come about.</summary>
    public void Reset() => Attempts = 0;
}
