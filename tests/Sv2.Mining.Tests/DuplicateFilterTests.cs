using Sv2.Mining.Server;
using Sv2.Protocol;

namespace Sv2.Mining.Tests;

public sealed class DuplicateFilterTests
{
    [Fact]
    [Trait("spec", "216")]
    public void It_remembers_exactly_what_was_added_up_to_its_bound()
    {
        DuplicateFilter filter = new(5000);
        for (uint i = 0; i < 5000; i++)
        {
            U256 hash = Templates.Hash(i, 0);
            Assert.False(filter.Contains(hash));
            filter.Add(hash);
            filter.Add(hash);
            Assert.True(filter.Contains(hash));
        }
        Assert.Equal(5000, filter.Count);
        Assert.True(filter.IsFull);
        for (uint i = 0; i < 5000; i++)
            Assert.True(filter.Contains(Templates.Hash(i, 0)));
        for (uint i = 0; i < 5000; i++)
            Assert.False(filter.Contains(Templates.Hash(i, 1)));

        filter.Add(Templates.Hash(9, 9));
        Assert.False(filter.Contains(Templates.Hash(9, 9)));
        filter.Clear();
        Assert.Equal(0, filter.Count);
        Assert.False(filter.Contains(Templates.Hash(0, 0)));
    }

    [Fact]
    public void The_hash_whose_fingerprint_is_zero_is_one_like_any_other()
    {
        DuplicateFilter filter = new(10);
        U256 zero = U256.FromLimbs(0, 0, 0, 1);
        Assert.False(filter.Contains(zero));
        filter.Add(zero);
        Assert.True(filter.Contains(zero));
        Assert.Equal(1, filter.Count);
    }

    [Fact]
    public void A_hash_with_all_low_bits_set_finds_its_slot()
    {
        DuplicateFilter filter = new(100);
        for (ulong i = 0; i < 20; i++)
            filter.Add(U256.FromLimbs(ulong.MaxValue - i));
        for (ulong i = 0; i < 20; i++)
            Assert.True(filter.Contains(U256.FromLimbs(ulong.MaxValue - i)));
    }
}
