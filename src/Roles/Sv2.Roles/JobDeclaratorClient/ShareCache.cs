using Sv2.Protocol;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>A share that waits for the pool's word on its job.</summary>
/// <param name="Origin">The miner that waits for its answer.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Version">Header version.</param>
/// <param name="NTime">Header nTime.</param>
/// <param name="Nonce">Header nonce.</param>
/// <param name="Extranonce">The extranonce as the pool takes it.</param>
/// <param name="Worker">What the pool is to be told of who found it.</param>
internal readonly record struct CachedShare(ShareOrigin Origin, U256 Hash, uint Version, uint NTime, uint Nonce, ByteString Extranonce, ByteString Worker);

/// <summary>
/// What was found on jobs that the pool has not acknowledged yet (optimistic mining, 6.3). Shares are kept by job, so
/// that they are sent under the id of their own job or not at all. Bounded over all jobs: new shares beyond it find
/// no room, and are counted. The caller serialises.
/// </summary>
internal sealed class ShareCache(int sharesMax)
{
    private readonly Dictionary<MinedJob, List<CachedShare>> _shares = [];

    /// <summary>Shares kept.</summary>
    public int Count { get; private set; }

    /// <summary>Shares that found no room.</summary>
    public long Overflowed { get; private set; }

    /// <summary>Shares kept for one job.</summary>
    public int CountOf(MinedJob job) => _shares.TryGetValue(job, out List<CachedShare>? shares) ? shares.Count : 0;

    /// <summary>Keeps a share. False when there is no room.</summary>
    public bool TryAdd(MinedJob job, in CachedShare share)
    {
        if (Count >= sharesMax)
        {
            Overflowed++;
            return false;
        }
        if (!_shares.TryGetValue(job, out List<CachedShare>? shares))
            _shares.Add(job, shares = []);
        shares.Add(share);
        Count++;
        return true;
    }

    /// <summary>Takes all shares of a job, in the order in which they were found.</summary>
    public IReadOnlyList<CachedShare> Take(MinedJob job)
    {
        if (!_shares.Remove(job, out List<CachedShare>? shares))
            return [];
        Count -= shares.Count;
        return shares;
    }
}
