namespace Sv2.Roles;

/// <summary>
/// A role that books shares durably and can tell what it has booked, so that somebody else can keep the sums of several such
/// roles. What it tells are running totals, so that hearing one twice does no harm.
/// </summary>
public interface IShareTotalsSource
{
    /// <summary>The logical pool that the shares belong to, such as <c>pool</c>; several instances may name the same.</summary>
    string Pool { get; }

    /// <summary>Totals of the workers that had a share at <paramref name="since"/> or later, oldest change first.</summary>
    /// <param name="since">Seconds since 1970.</param>
    /// <param name="limit">Most workers.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<IReadOnlyList<WorkerTotal>> ReadTotalsAsync(long since, int limit, CancellationToken cancellationToken);
}

/// <summary>All that one role has booked for a worker, ever.</summary>
/// <param name="Account">The account part of its name.</param>
/// <param name="Worker">The worker part; empty for none.</param>
/// <param name="Shares">Accepted shares.</param>
/// <param name="Difficulty">Sum of their difficulties, as acknowledged.</param>
/// <param name="Best">Highest difficulty of a share.</param>
/// <param name="LastShareAt">Seconds since 1970.</param>
public sealed record WorkerTotal(string Account, string Worker, long Shares, long Difficulty, double Best, long LastShareAt);
