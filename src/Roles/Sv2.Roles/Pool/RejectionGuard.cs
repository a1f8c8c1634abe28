namespace Sv2.Roles.Pool;

/// <summary>
/// Watches how many of a connection's shares are refused. Each costs the pool a hash and an answer, so whoever sends almost
/// nothing else is broken or hostile. Counts over samples of shares, not over time: a slow miner with bad luck is never hit.
/// </summary>
internal sealed class RejectionGuard(double percentMax, int sample)
{
    private int _judged;
    private int _refused;

    /// <summary>Refused shares of the sample that went too far; 0 before.</summary>
    public int RefusedInSample { get; private set; }

    /// <summary>Counts one share. True when a sample is full of which too many were refused.</summary>
    public bool Count(bool isRefused)
    {
        _judged++;
        if (isRefused) _refused++;
        if (_judged < sample) return false;
        bool goesTooFar = _refused * 100.0 > percentMax * _judged;
        if (goesTooFar) RefusedInSample = _refused;
        _judged = _refused = 0;
        return goesTooFar;
    }
}
