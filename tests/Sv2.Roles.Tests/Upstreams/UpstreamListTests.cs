using Sv2.Mining.Server;
using Sv2.Noise;
using Sv2.Protocol.Mining;
using Sv2.Roles.Tests.MiningDevice;
using Sv2.Roles.Upstreams;
using Sv2.TestKit;
using Sv2.Transport;

namespace Sv2.Roles.Tests.Upstreams;

/// <summary>Which pool of a list is in use, and what becomes of shares, against real pools on loopback.</summary>
public sealed class UpstreamListTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task The_first_pool_is_used_the_second_is_ready_and_the_third_is_left_alone()
    {
        await using TestPool first = await TestPool.StartAsync(_authority);
        await using TestPool second = await TestPool.StartAsync(_authority);
        await using TestPool third = await TestPool.StartAsync(_authority);
        await using var upstreams = new RecordedUpstreams([first.Address, second.Address, third.Address]);

        await upstreams.UntilStateAsync(0, UpstreamState.Connected);
        await upstreams.UntilStateAsync(1, UpstreamState.Ready);
        await upstreams.UntilStateAsync(2, UpstreamState.Standby);

        UpstreamSession standby = upstreams.List.Sessions[1];
        Assert.NotNull(standby.Work);
        Assert.Equal(["alice.1"], second.Opens);
        await third.UntilAsync(() => third.Connections == 0);
        Assert.All(upstreams.HadWork, Assert.True);
        Assert.NotNull(upstreams.List.Upstreams[0].LatencyMilliseconds);
    }

    [Fact]
    public async Task When_the_pool_fails_the_ready_one_takes_over_with_its_work_and_comes_to_terms_with_the_first_later()
    {
        TestPool first = await TestPool.StartAsync(_authority);
        int port = first.Address.Port;
        await using TestPool second = await TestPool.StartAsync(_authority);
        var switching = new SwitchingOptions { ReturnAfter = TimeSpan.FromMilliseconds(300), ReconnectDelayMax = TimeSpan.FromMilliseconds(500) };
        await using var upstreams = new RecordedUpstreams([first.Address, second.Address], switching);
        await upstreams.UntilStateAsync(1, UpstreamState.Ready);
        await upstreams.UntilActiveAsync(0);

        await first.DisposeAsync();
        await upstreams.UntilActiveAsync(1);

        Assert.All(upstreams.HadWork, Assert.True);
        Assert.DoesNotContain(upstreams.Switches, change => change.To is null);
        Assert.True(RecordedUpstreams.Mine(upstreams.List.Active!));
        await second.UntilAsync(() => second.Accepted == 1);
        Assert.NotNull(upstreams.List.Upstreams[0].Reason);

        await using TestPool again = await TestPool.StartAsync(_authority, port);
        await upstreams.UntilActiveAsync(0);
        await upstreams.UntilStateAsync(1, UpstreamState.Ready);
        UpstreamSwitch back = upstreams.Switches[^1];
        // The one left is there still: what was found for it a moment ago has somewhere to go.
        Assert.False(back.From!.IsClosed);
        Assert.True(RecordedUpstreams.Mine(back.From));
    }

    [Fact]
    public async Task A_better_pool_is_used_again_only_when_it_has_been_back_for_long_enough_without_a_break()
    {
        var time = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        var switching = new SwitchingOptions { ReturnAfter = TimeSpan.FromHours(1), SilenceTimeout = TimeSpan.FromDays(1) };
        TestPool first = await TestPool.StartAsync(_authority);
        int port = first.Address.Port;
        await using TestPool second = await TestPool.StartAsync(_authority);
        await using var upstreams = new RecordedUpstreams([first.Address, second.Address], switching, time: time);
        await upstreams.UntilStateAsync(1, UpstreamState.Ready);
        await upstreams.UntilActiveAsync(0);
        await first.DisposeAsync();
        await upstreams.UntilActiveAsync(1);

        TestPool back = await ComeBackAsync();
        time.Advance(TimeSpan.FromMinutes(50));
        Assert.Equal(1, upstreams.List.Active!.Index);
        await back.DisposeAsync();
        await upstreams.UntilStateAsync(0, UpstreamState.BackingOff);
        await using TestPool again = await ComeBackAsync();
        time.Advance(TimeSpan.FromMinutes(50));
        Assert.Equal(1, upstreams.List.Active!.Index);
        time.Advance(TimeSpan.FromMinutes(11));

        await upstreams.UntilActiveAsync(0);
        Assert.Equal(2, upstreams.List.Switches);

        async Task<TestPool> ComeBackAsync()
        {
            TestPool pool = await TestPool.StartAsync(_authority, port);
            await MiningProxy.ProxyHarness.UntilAsync(() =>
            {
                UpstreamState state = upstreams.List.Upstreams[0].State;
                // The clock goes to the next attempt, and stands while that is made.
                if (state == UpstreamState.BackingOff)
                    time.Advance(TimeSpan.FromSeconds(1));
                return state == UpstreamState.Ready;
            });
            return pool;
        }
    }

    [Fact]
    public async Task A_pool_that_sends_its_miners_elsewhere_is_left_at_once_and_found_again_where_it_said()
    {
        await using TestPool first = await TestPool.StartAsync(_authority);
        await using TestPool elsewhere = await TestPool.StartAsync(_authority);
        await using TestPool second = await TestPool.StartAsync(_authority);
        var switching = new SwitchingOptions { ReturnAfter = TimeSpan.FromMilliseconds(100), ReconnectDelayMax = TimeSpan.FromMilliseconds(500) };
        await using var upstreams = new RecordedUpstreams([first.Address, second.Address], switching);
        await upstreams.UntilActiveAsync(0);
        await upstreams.UntilStateAsync(1, UpstreamState.Ready);

        await first.DrainAsync("127.0.0.1", elsewhere.Address.Port);

        await upstreams.UntilAsync(() => upstreams.List.Active is { Index: 0 } active && active.Address.Port == elsewhere.Address.Port);
        Assert.DoesNotContain(upstreams.Switches, change => change.To is null);
        Assert.Contains(upstreams.Switches, change => change.To?.Index == 1);
        Assert.Equal(["alice.0"], elsewhere.Opens);
    }

    [Fact]
    public async Task Without_a_second_pool_the_role_hears_that_there_is_none_and_that_it_is_back()
    {
        TestPool pool = await TestPool.StartAsync(_authority);
        int port = pool.Address.Port;
        await using var upstreams = new RecordedUpstreams([pool.Address]);
        await upstreams.UntilActiveAsync(0);

        await pool.DisposeAsync();
        await upstreams.UntilAsync(() => upstreams.List.Active is null && upstreams.Switches[^1].To is null);
        await upstreams.UntilStateAsync(0, UpstreamState.BackingOff);
        await using TestPool again = await TestPool.StartAsync(_authority, port);
        await upstreams.UntilActiveAsync(0);
    }

    [Fact]
    public async Task Every_share_is_accepted_refused_or_counted_as_unanswered()
    {
        // Acknowledges nothing before a thousand shares or an hour.
        var mute = new MiningServerOptions { AckBatchSize = 1_000, AckDelayMax = TimeSpan.FromHours(1) };
        TestPool first = await TestPool.StartAsync(_authority, options: mute);
        await using TestPool second = await TestPool.StartAsync(_authority);
        await using var upstreams = new RecordedUpstreams([first.Address, second.Address]);
        await upstreams.UntilStateAsync(1, UpstreamState.Ready);
        await upstreams.UntilActiveAsync(0);
        UpstreamSession left = upstreams.List.Active!;
        for (int i = 0; i < 3; i++)
            Assert.True(RecordedUpstreams.Mine(left));
        await first.UntilAsync(() => first.Accepted == 3);
        Assert.Equal(3, left.Unanswered);

        await first.DisposeAsync();
        await upstreams.UntilActiveAsync(1);
        await upstreams.UntilAsync(() => upstreams.Unanswered.Contains(3));
        Assert.False(RecordedUpstreams.Mine(left, left.Work));
        Assert.True(RecordedUpstreams.Mine(upstreams.List.Active!));
        await upstreams.UntilAsync(() => upstreams.Accepted == 1);

        Assert.Equal((4, 3), (upstreams.List.Submitted, upstreams.List.Unanswered));
        Assert.Equal((0, 1), (upstreams.List.Upstreams[0].SharesAccepted, upstreams.List.Upstreams[1].SharesAccepted));
    }

    [Fact]
    [Trait("spec", "242")]
    public async Task A_pool_that_leaves_shares_without_an_answer_is_given_up()
    {
        var mute = new MiningServerOptions { AckBatchSize = 1_000, AckDelayMax = TimeSpan.FromHours(1) };
        await using TestPool first = await TestPool.StartAsync(_authority, options: mute);
        await using TestPool second = await TestPool.StartAsync(_authority);
        var switching = new SwitchingOptions { AnswerTimeout = TimeSpan.FromSeconds(1) };
        await using var upstreams = new RecordedUpstreams([first.Address, second.Address], switching);
        await upstreams.UntilStateAsync(1, UpstreamState.Ready);
        await upstreams.UntilActiveAsync(0);

        Assert.True(RecordedUpstreams.Mine(upstreams.List.Active!));
        await upstreams.UntilActiveAsync(1);

        Assert.Contains("no answer", upstreams.Switches[^1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_share_is_counted_by_its_code()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using var upstreams = new RecordedUpstreams([pool.Address]);
        await upstreams.UntilActiveAsync(0);
        ScriptedPeer peer = await pool.PeerAsync();
        Assert.True(RecordedUpstreams.Mine(upstreams.List.Active!));
        SubmitSharesExtended share = await peer.ExpectAsync<SubmitSharesExtended>();

        peer.Send(new SubmitSharesError { ChannelId = share.ChannelId, SequenceNumber = share.SequenceNumber, ErrorCode = "stale-share" });

        await upstreams.UntilAsync(() => upstreams.Rejected.Count == 1);
        UpstreamInfo info = upstreams.List.Upstreams[0];
        Assert.Equal((1, 1), (info.SharesRejected, info.Rejections["stale-share"]));
        Assert.Equal((1, 0), (upstreams.List.Submitted, upstreams.List.Active!.Unanswered));
    }

    [Fact]
    [Trait("spec", "154"), Trait("spec", "387")]
    public async Task A_new_connection_sets_no_flags_and_states_no_hash_rate()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using var upstreams = new RecordedUpstreams([pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();

        OpenExtendedMiningChannel open = await peer.ExpectAsync<OpenExtendedMiningChannel>();

        Assert.Equal(0u, peer.Setup.ClientFlags);
        Assert.Equal(0f, open.NominalHashRate);
        Assert.Equal("", peer.Setup.Client.DeviceId);
    }

    [Fact]
    [Trait("spec", "170")]
    public async Task A_hundred_changes_within_a_second_are_two_updates_the_second_with_the_last_figures()
    {
        var time = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        await using ScriptedPool pool = ScriptedPool.Start();
        await using var upstreams = new RecordedUpstreams([pool.Address], time: time);
        await upstreams.UntilActiveAsync(0);
        ScriptedPeer peer = await pool.PeerAsync();
        UpstreamSession session = upstreams.List.Active!;

        for (int i = 1; i <= 100; i++)
            session.Restate(session.Channel!, i * 1e12);
        time.Advance(TimeSpan.FromSeconds(1.2));
        UpdateChannel at = await peer.ExpectAsync<UpdateChannel>();
        UpdateChannel after = await peer.ExpectAsync<UpdateChannel>();
        time.Advance(TimeSpan.FromSeconds(5));

        // A share behind them shows that no third one came.
        Assert.True(RecordedUpstreams.Mine(session));
        await peer.ExpectAsync<SubmitSharesExtended>();
        Assert.Equal(((float)1e12, (float)100e12, 0), (at.NominalHashRate, after.NominalHashRate, peer.Inbox.Count<UpdateChannel>()));
    }

    [Fact]
    public async Task A_channel_that_the_role_cannot_use_is_no_reason_to_switch_to_it()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        var channel = new OwnChannel { Fault = opened => $"only {opened.ExtranonceSize} bytes of extranonce" };
        await using var upstreams = new RecordedUpstreams([pool.Address], channel: channel);

        await upstreams.UntilStateAsync(0, UpstreamState.Failed);

        Assert.Contains("12 bytes", upstreams.List.Upstreams[0].Reason, StringComparison.Ordinal);
        Assert.Null(upstreams.List.Active);
    }

    [Fact]
    public async Task Stopping_closes_the_channels_on_all_pools()
    {
        await using TestPool first = await TestPool.StartAsync(_authority);
        await using TestPool second = await TestPool.StartAsync(_authority);
        var upstreams = new RecordedUpstreams([first.Address, second.Address]);
        await upstreams.UntilStateAsync(1, UpstreamState.Ready);
        await upstreams.UntilActiveAsync(0);

        await upstreams.DisposeAsync();

        await first.UntilAsync(() => first is { ChannelsClosed: 1, Connections: 0 });
        await second.UntilAsync(() => second is { ChannelsClosed: 1, Connections: 0 });
        Assert.All(upstreams.List.Upstreams, info => Assert.Equal(UpstreamState.Standby, info.State));
    }

    [Fact]
    public void A_list_of_pools_is_checked_by_place()
    {
        UpstreamPoolOptions[] pools = [new() { Address = "stratum2+tcp://127.0.0.1:1" }, new() { Address = "http://x" }];

        string[] keys = [.. UpstreamPoolOptions.Validate(pools, "pools").Select(problem => problem.Key)];

        Assert.Equal(["pools[0].address", "pools[1].address"], keys);
    }
}
