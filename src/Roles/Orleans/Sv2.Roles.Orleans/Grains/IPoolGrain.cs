namespace Sv2.Roles.Orleans.Grains;

/// <summary>
/// What a logical pool has earned over all its front ends; the key is its name. Front ends send what changed in their
/// ledgers, a batch at a time: never a call a share.
/// </summary>
public interface IPoolGrain : IGrainWithStringKey
{
    /// <summary>
    /// Takes running totals of a front end's workers. Totals, not additions: a batch that comes twice or late changes nothing.
    /// </summary>
    /// <param name="batch">The totals.</param>
    /// <returns>
    /// The second up to which everything of this front end is known: it goes on from there. Earlier than
    /// <see cref="ShareBatch.Since"/> when something is missing in between; the batch was not taken then.
    /// </returns>
    Task<long> BookAsync(ShareBatch batch);

    /// <summary>Books a block of any front end. True the first time that its hash is heard of.</summary>
    Task<bool> BookBlockAsync(BlockInfo block);

    /// <summary>Totals of the workers over all front ends, by account and name.</summary>
    Task<WorkerTotal[]> ListWorkersAsync(int offset, int limit);

    /// <summary>Blocks, the newest first, each hash once.</summary>
    Task<BlockInfo[]> ListBlocksAsync(int offset, int limit);

    /// <summary>How many calls brought shares, and how many shares they brought.</summary>
    Task<PoolTraffic> GetTrafficAsync();
}

/// <summary>Running totals from one front end.</summary>
/// <param name="FrontEnd">The role instance.</param>
/// <param name="Since">The batch holds all changes from this second on, in seconds since 1970 …</param>
/// <param name="Through">… up to this one.</param>
/// <param name="Workers">The workers that changed.</param>
[GenerateSerializer, Alias("sv2.share-batch")]
public sealed record ShareBatch(string FrontEnd, long Since, long Through, WorkerTotal[] Workers);

/// <summary>What the pool's grain was told since it woke up.</summary>
/// <param name="Calls">Calls that brought totals.</param>
/// <param name="Shares">Shares of all front ends and workers.</param>
[GenerateSerializer, Alias("sv2.pool-traffic")]
public sealed record PoolTraffic(long Calls, long Shares);
