using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.JobDeclaratorClient;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

public sealed class ShareCacheTests
{
    private readonly DeclaratorBench _bench = new();

    public ShareCacheTests() => _bench.GiveTokens();

    [Fact]
    [Trait("spec", "241")]
    [Trait("spec", "285")]
    [Trait("spec", "393")]
    public void Shares_come_out_with_their_own_job_in_the_order_they_were_found()
    {
        ShareCache cache = new(10);
        MinedJob first = _bench.Declare();
        MinedJob second = _bench.Declare();
        for (uint i = 0; i < 6; i++)
            Assert.True(cache.TryAdd(i % 2 == 0 ? first : second, Share(i)));
        Assert.Equal((6, 3), (cache.Count, cache.CountOf(first)));
        Assert.Equal([1u, 3u, 5u], cache.Take(second).Select(share => share.Nonce));
        Assert.Equal([0u, 2u, 4u], cache.Take(first).Select(share => share.Nonce));
        Assert.Empty(cache.Take(first));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    [Trait("spec", "285")]
    public void Its_bound_holds_over_all_jobs_and_what_finds_no_room_is_counted()
    {
        ShareCache cache = new(2);
        MinedJob first = _bench.Declare();
        MinedJob second = _bench.Declare();
        Assert.True(cache.TryAdd(first, Share(1)));
        Assert.True(cache.TryAdd(second, Share(2)));
        Assert.False(cache.TryAdd(first, Share(3)));
        Assert.Equal(1, cache.Overflowed);
        Assert.Single(cache.Take(second));
        Assert.True(cache.TryAdd(first, Share(4)));
        Assert.Equal([1u, 4u], cache.Take(first).Select(share => share.Nonce));
    }

    private static CachedShare Share(uint nonce) => new(default, U256.Zero, 0, 0, nonce, default, default);
}
