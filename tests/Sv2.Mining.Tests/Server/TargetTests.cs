using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

/// <summary>To which jobs SetTarget applies, at both ends (5.3.21).</summary>
public sealed class TargetTests
{
    private static readonly U256 Easy = Templates.Easy(3);
    private static readonly U256 Hard = Templates.Easy(7);
    private static readonly MiningServerOptions NoGrace = new() { TargetGrace = TimeSpan.Zero };

    [Fact]
    [Trait("spec", "221")]
    public void A_waiting_future_job_takes_the_new_target_with_it_when_activated()
    {
        Bench bench = Bench.Running(NoGrace, Easy);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        bench.AddActive();
        bench.AddFuture();
        link.Pump();
        Harden(link, channel);
        bench.NewBlock();
        link.Pump();

        Assert.Equal(Hard, channel.Work!.Target);
        link.SayShare(Found.On(channel.Work, Easy, above: Hard), 0);
        Assert.Equal(ShareRejection.DifficultyTooLow, link.Sink.Refused.Single().Reason);
        link.Mine(channel);
        Assert.Equal(Hard, link.Sink.Accepted.Single().Target);
    }

    [Fact]
    [Trait("spec", "222")]
    [Trait("spec", "384")]
    public void A_job_that_was_active_when_it_came_keeps_its_target_and_its_credit()
    {
        Bench bench = Bench.Running(NoGrace, Easy);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        bench.AddActive();
        link.Pump();
        Harden(link, channel);

        Assert.Equal(Hard, channel.Target);
        Assert.Equal(Easy, channel.Work!.Target);
        link.Submit(Found.On(channel.Work, Easy, above: Hard));
        Assert.Equal(Easy, link.Sink.Accepted.Single().Target);

        bench.AddActive();
        link.Pump();
        Assert.Equal(Hard, channel.Work.Target);
        link.SayShare(Found.On(channel.Work, Easy, above: Hard), 9);
        Assert.Equal(ShareRejection.DifficultyTooLow, link.Sink.Refused.Single().Reason);
    }

    [Fact]
    [Trait("spec", "222")]
    public void An_easier_target_does_not_reach_such_a_job_either()
    {
        Bench bench = Bench.Running(NoGrace, Easy);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended(maxTarget: Hard);
        bench.AddActive();
        link.Pump();
        // The server may ease once the client allows it; with a new hash rate it does.
        link.Client.UpdateChannel(channel, 1, Easy);
        link.Pump();
        Assert.Equal(Easy, channel.Target);
        Assert.Equal(Hard, channel.Work!.Target);
        link.SayShare(Found.On(channel.Work, Easy, above: Hard), 0);
        Assert.Equal(ShareRejection.DifficultyTooLow, link.Sink.Refused.Single().Reason);
    }

    [Fact]
    [Trait("spec", "223")]
    public void A_job_that_came_as_future_takes_the_new_target_even_while_it_is_mined()
    {
        Bench bench = Bench.Running(NoGrace, Easy);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        MiningWork before = channel.Work!;
        Harden(link, channel);

        Assert.Equal(Hard, channel.Work!.Target);
        Assert.Equal(before.JobId, channel.Work.JobId);
        Assert.NotSame(before, channel.Work);
        link.SayShare(Found.On(channel.Work, Easy, above: Hard), 0);
        Assert.Equal(ShareRejection.DifficultyTooLow, link.Sink.Refused.Single().Reason);
    }

    [Fact]
    [Trait("spec", "223")]
    public void Shares_in_flight_at_a_harder_target_count_at_the_old_one_for_a_while()
    {
        Bench bench = Bench.Running(new MiningServerOptions { TargetGrace = TimeSpan.FromSeconds(5) }, Easy);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        Found inFlight = Found.On(channel.Work!, Easy, above: Hard);
        Found tooLate = Found.On(channel.Work!, Easy, above: Hard);
        Found good = Found.On(channel.Work!, Hard);
        Harden(link, channel);

        link.SayShare(inFlight, 0);
        link.SayShare(good, 1);
        bench.Advance(TimeSpan.FromSeconds(5));
        link.SayShare(tooLate, 2);
        Assert.Equal([Easy, Hard], link.Sink.Accepted.Select(share => share.Target));
        Assert.Equal(2u, link.Sink.Refused.Single().SequenceNumber);
    }

    [Fact]
    [Trait("spec", "223")]
    public void Of_several_changes_in_a_row_the_easiest_target_stays_good_for_the_grace()
    {
        Bench bench = Bench.Running(new MiningServerOptions { TargetGrace = TimeSpan.FromSeconds(5) }, Easy);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        Found inFlight = Found.On(channel.Work!, Easy, above: Templates.Easy(5));
        link.Client.UpdateChannel(channel, 0, Templates.Easy(5));
        link.Pump();
        Harden(link, channel);
        link.SayShare(inFlight, 0);
        Assert.Equal(Easy, link.Sink.Accepted.Single().Target);
    }

    [Fact]
    [Trait("spec", "223")]
    public void Further_changes_do_not_prolong_the_grace_of_an_earlier_target()
    {
        Bench bench = Bench.Running(new MiningServerOptions { TargetGrace = TimeSpan.FromSeconds(5) }, Easy);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        U256[] targets = [Easy, Templates.Easy(4), Templates.Easy(5), Templates.Easy(6)];
        Found[] found = [.. targets.Zip(targets[1..].Append(Hard), (target, next) => Found.On(channel.Work!, target, above: next))];
        foreach (U256 target in targets[1..])
        {
            link.Client.UpdateChannel(channel, 0, target);
            link.Pump();
            bench.Advance(TimeSpan.FromSeconds(3));
        }
        // Replaced nine, six and three seconds ago.
        for (int i = 0; i < found.Length; i++)
            link.SayShare(found[i], (uint)i);
        Assert.Equal([2u, 3u], link.Sink.Accepted.Select(share => share.SequenceNumber));
        Assert.Equal(targets[2..], link.Sink.Accepted.Select(share => share.Target));
    }

    [Fact]
    [Trait("spec", "224")]
    public void SetTarget_to_a_group_reaches_all_its_channels()
    {
        Link link = Bench.Running(shareTarget: Easy).Connect();
        ClientChannel[] members = [link.OpenStandard(), link.OpenExtended(), link.OpenExtended()];
        ClientChannel other = link.OpenExtended(minExtranonceSize: 16);
        link.Tell(new SetTarget { ChannelId = members[0].GroupChannelId, MaximumTarget = Hard });
        Assert.All(members, member => Assert.Equal(Hard, member.Target));
        Assert.All(members, member => Assert.Equal(Hard, member.Work!.Target));
        Assert.Equal(Easy, other.Target);
    }

    [Fact]
    [Trait("spec", "225")]
    public void An_easier_network_eases_a_channel_that_would_be_harder_than_a_block()
    {
        Bench bench = Bench.Running(shareTarget: Templates.Easy(10), networkTarget: Templates.Easy(20));
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        ClientChannel bound = link.OpenStandard(maxTarget: Templates.Easy(9));
        bench.NewBlock(Templates.Easy(6));
        link.Pump();
        Assert.Equal(Templates.Easy(6), channel.Target);
        Assert.Equal(Templates.Easy(6), channel.Work!.Target);
        // The network's target, but never easier than the client takes.
        Assert.Equal(Templates.Easy(9), bound.Target);
    }

    [Fact]
    [Trait("spec", "220")]
    public void SetTarget_has_the_bytes_of_the_specification()
    {
        Link link = Bench.Running(shareTarget: Easy).Connect();
        ClientChannel channel = link.OpenStandard();
        Harden(link, channel);
        byte[] expected = [0x00, 0x80, 0x21, 36, 0, 0, .. BitConverter.GetBytes(channel.Id), .. Hard.AsSpan()];
        Assert.Equal(expected, link.ToClient.Frames[^1]);
    }

    private static void Harden(Link link, ClientChannel channel)
    {
        link.Client.UpdateChannel(channel, 0, Hard);
        link.Pump();
        Assert.Equal(Hard, channel.Target);
    }
}
