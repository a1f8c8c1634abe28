namespace Sv2.Roles.Orleans.Grains;

/// <summary>The events of all silos in one order. One in the cluster; silos send batches.</summary>
public interface IEventLogGrain : IGrainWithIntegerKey
{
    /// <summary>Adds events of a silo. Those that came before are passed over, so that a batch may be sent twice.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="events">Its events with its own ids, ascending.</param>
    Task AppendAsync(string silo, RoleEvent[] events);

    /// <summary>Events after an id.</summary>
    /// <param name="afterId">The last id that the reader has; 0 for the beginning.</param>
    /// <param name="max">Most events.</param>
    Task<EventBatch> ReadAsync(long afterId, int max);
}

/// <summary>A part of the event log.</summary>
/// <param name="Events">The events, ascending.</param>
/// <param name="LastId">The id of the newest event of the log.</param>
/// <param name="FirstId">The id of the oldest event that is kept.</param>
[GenerateSerializer, Alias("sv2.event-batch")]
public sealed record EventBatch(RoleEvent[] Events, long LastId, long FirstId);
