namespace Sv2.Mining.Server;

/// <summary>Limits and choices of a mining server, the same for all its connections. Checked by <see cref="Validate"/>.</summary>
public sealed record MiningServerOptions
{
    /// <summary>Whether standard channels can be opened. Without them announce REQUIRES_EXTENDED_CHANNELS (5.3.1).</summary>
    public bool StandardChannels { get; init; } = true;

    /// <summary>Whether extended channels can be opened. A work provider must have them (5.2.2).</summary>
    public bool ExtendedChannels { get; init; } = true;

    /// <summary>
    /// Whether every standard channel is sent standard jobs of its own, also on connections whose client could take the group's
    /// extended job (5.3.16, item 197). For clients that open standard channels, know no other jobs, and do not say so by
    /// REQUIRES_STANDARD_JOBS. It costs them one message a channel and job in place of one a connection.
    /// </summary>
    public bool StandardJobsForAll { get; init; }

    /// <summary>Most channels one connection can have.</summary>
    public int ChannelsMax { get; init; } = 10_000;

    /// <summary>Wanted mean time between two shares of a channel.</summary>
    public TimeSpan ShareInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most jobs a channel remembers at a time: active, future, past and stale ones together.</summary>
    public int JobHistoryMax { get; init; } = 16;

    /// <summary>How far nTime may be ahead of the later of the job's min_ntime and now: consensus' two hours.</summary>
    public TimeSpan NTimeWindow { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Durable shares of a channel after which <c>SubmitShares.Success</c> is sent.</summary>
    public int AckBatchSize { get; init; } = 10;

    /// <summary>Longest a durable share waits for its acknowledgement when the batch does not fill.</summary>
    public TimeSpan AckDelayMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Most accepted shares of a connection that may wait to become durable; more are refused until some are.</summary>
    public int PendingSharesMax { get; init; } = 65_536;

    /// <summary>Most shares of a channel remembered per tip to find duplicates; more are refused until the next block.</summary>
    public int DuplicateFilterMax { get; init; } = 262_144;

    /// <summary>How long shares found before a harder SetTarget arrived are still taken at the old target (item 223).</summary>
    public TimeSpan TargetGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most custom jobs of a connection that may wait for an answer.</summary>
    public int PendingCustomJobsMax { get; init; } = 16;

    /// <summary>How long a custom job on a block this server has not seen yet waits for it (items 215, 350).</summary>
    public TimeSpan UnknownTipGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its limits; the message names it.</exception>
    public void Validate()
    {
        AtLeast(ChannelsMax, 1, nameof(ChannelsMax));
        AtLeast(JobHistoryMax, 8, nameof(JobHistoryMax));
        AtLeast(AckBatchSize, 1, nameof(AckBatchSize));
        AtLeast(PendingSharesMax, 1, nameof(PendingSharesMax));
        AtLeast(DuplicateFilterMax, 16, nameof(DuplicateFilterMax));
        AtLeast(PendingCustomJobsMax, 1, nameof(PendingCustomJobsMax));
        Positive(ShareInterval, nameof(ShareInterval));
        Positive(NTimeWindow, nameof(NTimeWindow));
        Positive(AckDelayMax, nameof(AckDelayMax));
        Positive(UnknownTipGrace, nameof(UnknownTipGrace));
        ArgumentOutOfRangeException.ThrowIfLessThan(TargetGrace, TimeSpan.Zero, nameof(TargetGrace));
    }

    private static void AtLeast(int value, int min, string name) => ArgumentOutOfRangeException.ThrowIfLessThan(value, min, name);

    private static void Positive(TimeSpan value, string name) => ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, name);
}
