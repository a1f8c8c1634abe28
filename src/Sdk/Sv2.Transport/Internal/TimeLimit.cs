namespace Sv2.Transport.Internal;

/// <summary>A token that is cancelled by the caller's token or after a time on a given clock.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _either;

    internal TimeLimit(TimeSpan limit, TimeProvider clock, CancellationToken cancellation)
    {
        _time = new CancellationTokenSource(limit, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _time.Token);
    }

    /// <summary>Cancelled by whichever comes first.</summary>
    internal CancellationToken Token => _either.Token;

    /// <summary>Whether the time is up.</summary>
    internal bool IsUp => _time.IsCancellationRequested;

    public void Dispose()
    {
        _either.Dispose();
        _time.Dispose();
    }
}
