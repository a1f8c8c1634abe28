using Sv2.Roles.JobDeclaratorClient;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

public sealed class UpstreamLadderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ManualTimeProvider _clock = new();
    private readonly FallbackOptions _options = new();

    [Fact]
    public void The_preferred_upstream_is_waited_for_at_the_start_but_not_for_ever()
    {
        UpstreamLadder ladder = Ladder();
        ladder.OnReady(1);
        Assert.False(ladder.Decide());
        _clock.Advance(Patience);
        Assert.True(ladder.Decide());
        Assert.Equal(1, ladder.Current.Index);
    }

    [Fact]
    public void Once_the_preferred_one_has_failed_the_next_is_taken_at_once()
    {
        UpstreamLadder ladder = Ladder();
        ladder.OnReady(1);
        ladder.OnFailed(0, "connection refused");
        Assert.True(ladder.Decide());
        Assert.Equal(1, ladder.Current.Index);
        Assert.Contains("connection refused", ladder.Why);
    }

    [Fact]
    [Trait("spec", "256")]
    public void Faults_and_losses_lead_down_the_list_to_solo()
    {
        UpstreamLadder ladder = Begun();
        ladder.OnFault(0, "it refused a job");
        Assert.True(ladder.Decide());
        Assert.Equal(1, ladder.Current.Index);
        ladder.OnLost(1, "reset");
        Assert.True(ladder.Decide());
        Assert.Equal(MiningFor.Solo, ladder.Current);
        Assert.Contains("it refused a job", ladder.Why);
        Assert.Contains("reset", ladder.Why);
    }

    [Fact]
    public void Without_an_address_of_ones_own_nobody_is_mined_for()
    {
        UpstreamLadder ladder = new(["a"], hasSolo: false, Patience, _options, _clock);
        ladder.OnReady(0);
        Assert.True(ladder.Decide());
        ladder.OnFault(0, "no");
        Assert.True(ladder.Decide());
        Assert.Equal(MiningFor.Nobody, ladder.Current);

        // It was asked again, because there is nobody else, and did what it must.
        ladder.OnProven(0);
        Assert.True(ladder.Decide());
        Assert.Equal(0, ladder.Current.Index);
    }

    [Fact]
    public void A_refusal_rests_longer_each_time_up_to_the_limit()
    {
        UpstreamLadder ladder = Begun();
        foreach (double minutes in (double[])[1, 2, 4, 8, 16, 30, 30])
        {
            ladder.OnFault(0, "no");
            Assert.Equal(TimeSpan.FromMinutes(minutes), ladder.RestLeft(0));
            _clock.Advance(TimeSpan.FromMinutes(minutes));
            Assert.Null(ladder.RestLeft(0));
        }
    }

    [Fact]
    public void A_preferred_upstream_comes_back_after_it_has_held_and_acknowledged_a_job()
    {
        UpstreamLadder ladder = Begun();
        ladder.OnLost(0, "reset");
        Assert.True(ladder.Decide());
        ladder.OnReady(0);
        Assert.Null(ladder.ToProve());
        Assert.False(ladder.Decide());

        _clock.Advance(_options.ReturnAfter);
        Assert.Equal(0, ladder.ToProve());
        Assert.False(ladder.Decide());
        ladder.OnProven(0);
        Assert.Null(ladder.ToProve());
        Assert.True(ladder.Decide());
        Assert.Equal(0, ladder.Current.Index);
        Assert.Equal("it is the preferred upstream", ladder.Why);
    }

    [Fact]
    public void A_preferred_upstream_that_refuses_the_trial_rests_again()
    {
        UpstreamLadder ladder = Begun();
        ladder.OnFault(0, "no");
        Assert.True(ladder.Decide());
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, ladder.ToProve());
        ladder.OnFault(0, "no again");
        Assert.Null(ladder.ToProve());
        Assert.False(ladder.Decide());
        Assert.Equal(TimeSpan.FromMinutes(2), ladder.RestLeft(0));
    }

    [Fact]
    public void From_solo_any_upstream_is_taken_at_once()
    {
        UpstreamLadder ladder = Ladder();
        for (int i = 0; i < 3; i++)
            ladder.OnFailed(i, "refused");
        Assert.True(ladder.Decide());
        Assert.Equal(MiningFor.Solo, ladder.Current);
        ladder.OnReady(2);
        Assert.True(ladder.Decide());
        Assert.Equal(2, ladder.Current.Index);
    }

    [Fact]
    public void Faults_are_forgiven_after_a_good_time()
    {
        UpstreamLadder ladder = Begun();
        ladder.OnFault(0, "no");
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(ladder.Decide());
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.False(ladder.Decide());
        ladder.OnFault(0, "no");
        Assert.Equal(TimeSpan.FromMinutes(1), ladder.RestLeft(0));
    }

    [Fact]
    public void One_upstream_is_kept_in_reserve_and_all_are_called_when_none_is_there()
    {
        UpstreamLadder ladder = Begun();
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(ladder.IsWanted));
        ladder.OnLost(1, "reset");
        Assert.True(ladder.IsWanted(2));
        ladder.OnReady(2);
        ladder.OnReady(1);
        ladder.OnLost(0, "reset");
        Assert.True(ladder.Decide());
        Assert.Equal([true, true, true], Enumerable.Range(0, 3).Select(ladder.IsWanted));
    }

    private UpstreamLadder Ladder() => new(["a", "b", "c"], hasSolo: true, Patience, _options, _clock);

    /// <summary>The first is mined for, the second ready.</summary>
    private UpstreamLadder Begun()
    {
        UpstreamLadder ladder = Ladder();
        ladder.OnReady(0);
        ladder.OnReady(1);
        Assert.True(ladder.Decide());
        Assert.Equal(0, ladder.Current.Index);
        return ladder;
    }
}
