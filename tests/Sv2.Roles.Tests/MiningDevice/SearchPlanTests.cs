using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Roles.MiningDevice;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.MiningDevice;

public sealed class SearchPlanTests
{
    private const uint AllNonces = uint.MaxValue;
    private readonly ManualTimeProvider _clock = new();

    private static void TakeAll(SearchPlan plan, List<SearchSlice> into, int max)
    {
        while (into.Count < max && plan.TryTake(AllNonces, out SearchSlice slice))
            into.Add(slice);
    }

    // Two slices cover all nonces of a header, because one cannot have 2^32.
    private static void AssertNoOverlap(IEnumerable<SearchSlice> slices)
    {
        foreach (IGrouping<BlockHeader, SearchSlice> header in slices.GroupBy(slice => slice.Header))
        {
            ulong next = 0;
            foreach (SearchSlice slice in header.OrderBy(slice => slice.FirstNonce))
            {
                Assert.True(slice.FirstNonce >= next, "nonces overlap");
                next = slice.FirstNonce + (ulong)slice.Count;
            }
        }
    }

    [Fact]
    [Trait("spec", "194")]
    public void With_a_fixed_version_a_standard_job_has_one_header_a_second()
    {
        MiningWork work = new WorkBench(_clock, flags: MiningSetupSuccessFlags.RequiresFixedVersion).NextBlock(version: 0x2fff_ffff);
        SearchPlan plan = new(work, rollsVersion: true, seed: 12345, _clock);
        List<SearchSlice> slices = [];

        TakeAll(plan, slices, 100);
        Assert.Equal(2, slices.Count);
        Assert.Equal(1ul << 32, (ulong)slices.Sum(slice => (long)slice.Count));
        Assert.All(slices, slice => Assert.Equal(0x2fff_ffffu, slice.Header.Version));

        _clock.Advance(TimeSpan.FromSeconds(1));
        TakeAll(plan, slices, 100);
        Assert.Equal(4, slices.Count);
        Assert.Equal(work.MinNTime + 1, slices[^1].Header.NTime);
        AssertNoOverlap(slices);
    }

    [Theory]
    [Trait("spec", "139")]
    [Trait("spec", "195")]
    [Trait("spec", "206")]
    [InlineData(0x2000_0000u)]
    [InlineData(0x3fff_ffffu)]
    [InlineData(0x2555_5555u)]
    public void Versions_differ_inside_the_mask_only_and_never_repeat(uint version)
    {
        MiningWork work = new WorkBench(_clock).NextBlock(version);
        SearchPlan plan = new(work, rollsVersion: true, seed: 0xdead_beef_dead_beef, _clock);
        List<SearchSlice> slices = [];

        TakeAll(plan, slices, 2000);

        Assert.Equal(1000, slices.Select(slice => slice.Header.Version).Distinct().Count());
        Assert.All(slices, slice => Assert.Equal(0u, (slice.Header.Version ^ version) & ~BlockHeader.VersionRollingMask));
        AssertNoOverlap(slices);
    }

    [Fact]
    public void Without_wanting_to_roll_the_version_stays()
    {
        MiningWork work = new WorkBench(_clock).NextBlock();
        SearchPlan plan = new(work, rollsVersion: false, seed: 99, _clock);
        List<SearchSlice> slices = [];

        TakeAll(plan, slices, 10);

        Assert.Equal(2, slices.Count);
        Assert.Equal(work.Version, slices[0].Header.Version);
    }

    [Theory]
    [Trait("spec", "143")]
    [InlineData(1, 256)]
    [InlineData(2, 300)]
    [InlineData(8, 300)]
    [InlineData(20, 300)]
    public void Every_extranonce_makes_its_own_merkle_root(int size, int headers)
    {
        MiningWork work = new WorkBench(_clock, size).NextBlock(versionRolling: false);
        SearchPlan plan = new(work, rollsVersion: true, seed: ulong.MaxValue - 100, _clock);
        List<SearchSlice> slices = [];

        TakeAll(plan, slices, 2 * headers);

        Assert.Equal(2 * headers, slices.Count);
        Assert.Equal(headers, slices.Select(slice => slice.Header.MerkleRoot).Distinct().Count());
        Assert.All(slices, slice => Assert.Equal(size, slice.Extranonce.Length));
        Assert.All(slices, slice => Assert.Equal(work.MerkleRoot(slice.Extranonce.Span), slice.Header.MerkleRoot));
        Assert.All(slices, slice => Assert.Equal(work.Version, slice.Header.Version));
        Assert.Equal(size > 1, plan.TryTake(1, out _));
        AssertNoOverlap(slices);
    }

    [Fact]
    [Trait("spec", "204")]
    [Trait("spec", "341")]
    public void NTime_follows_the_clock_and_never_runs_ahead_of_it()
    {
        MiningWork work = new WorkBench(_clock).NextBlock();
        SearchPlan plan = new(work, rollsVersion: true, seed: 1, _clock);
        List<SearchSlice> slices = [];

        for (int step = 0; step < 40; step++)
        {
            Assert.True(plan.TryTake(1000, out SearchSlice slice));
            Assert.Equal(work.MinNTime + (uint)(step * 300 / 1000), slice.Header.NTime);
            slices.Add(slice);
            _clock.Advance(TimeSpan.FromMilliseconds(300));
        }
        AssertNoOverlap(slices);

        _clock.Advance(TimeSpan.FromHours(5));
        Assert.True(plan.TryTake(1, out SearchSlice late));
        Assert.Equal(work.MinNTime + SearchPlan.NTimeAheadMax, late.Header.NTime);
    }

    [Fact]
    [Trait("spec", "221")]
    public void A_new_target_for_the_same_job_goes_on_where_the_search_stands()
    {
        WorkBench bench = new(_clock);
        SearchPlan plan = new(bench.NextBlock(), rollsVersion: true, seed: 1, _clock);
        Assert.True(plan.TryTake(500, out SearchSlice before));

        MiningWork harder = bench.SetTarget(1e9);

        Assert.True(plan.TryRetarget(harder));
        Assert.True(plan.TryTake(500, out SearchSlice after));
        Assert.Equal(harder.Target, after.Work.Target);
        Assert.Equal(before.Header, after.Header);
        Assert.Equal(500u, after.FirstNonce);
        Assert.False(plan.TryRetarget(bench.NextBlock()));
    }

    [Fact]
    [Trait("spec", "136")]
    public void Threads_that_take_slices_at_once_never_get_the_same()
    {
        MiningWork work = new WorkBench(TimeProvider.System).NextBlock();
        SearchPlan plan = new(work, rollsVersion: true, seed: 1, TimeProvider.System);
        SearchSlice[] slices = new SearchSlice[8000];

        Parallel.For(0, slices.Length, i => Assert.True(plan.TryTake(1 << 24, out slices[i])));

        AssertNoOverlap(slices);
    }
}
