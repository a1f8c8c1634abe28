using Sv2.Roles.JobDeclaratorClient;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

public sealed class UnansweredSharesTests
{
    private readonly UnansweredShares _shares = new(4);

    [Fact]
    [Trait("spec", "213")]
    [Trait("spec", "218")]
    public void A_batch_takes_all_up_to_its_last_but_those_that_were_refused_before()
    {
        Fill(1, 2, 3, 4);
        Assert.True(_shares.IsFull);
        Assert.True(_shares.TryTake(2, out SentShare refused));
        Assert.Equal(2, refused.SentAt);
        Assert.Equal([1, 3], Through(3));
        Assert.False(_shares.TryTake(3, out _));
        Assert.Equal([4], Through(uint.MaxValue / 2));
        Assert.Equal(0, _shares.Count);
    }

    [Fact]
    public void Numbers_wrap_around_and_those_that_were_never_sent_change_nothing()
    {
        Fill(uint.MaxValue - 1, uint.MaxValue, 0, 1);
        Assert.Empty(Through(uint.MaxValue - 2));
        Assert.False(_shares.TryTake(7, out _));
        Assert.Equal([uint.MaxValue - 1, uint.MaxValue, 0], Through(0));
        Assert.Equal([1], Through(1_000_000));
        Assert.Empty(Through(2_000_000));
    }

    [Fact]
    public void After_a_pause_it_starts_at_the_next_share()
    {
        Fill(10);
        Assert.True(_shares.TryTake(10, out _));
        Fill(11, 12);
        Assert.True(_shares.TryTakeAny(out SentShare share));
        Assert.Equal(11, share.SentAt);
        Assert.Equal([12], Through(12));
    }

    private void Fill(params uint[] sequences)
    {
        foreach (uint sequence in sequences)
            _shares.Add(sequence, new SentShare(default, null!, sequence));
    }

    private List<long> Through(uint last)
    {
        List<long> taken = [];
        while (_shares.TryTakeThrough(last, out SentShare share))
            taken.Add(share.SentAt);
        return taken;
    }
}
