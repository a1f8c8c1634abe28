using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

public sealed class UpdateAndCloseTests
{
    [Fact]
    [Trait("spec", "171")]
    public void A_smaller_maximum_target_is_honoured_by_SetTarget()
    {
        Link link = Bench.Running(shareTarget: Templates.Easy(4)).Connect();
        ClientChannel channel = link.OpenStandard();
        U256 wanted = Templates.Easy(6);
        link.Client.UpdateChannel(channel, 0, wanted);
        link.Pump();

        Assert.Equal(wanted, link.ToClient.Single<SetTarget>().MaximumTarget);
        Assert.Equal(wanted, channel.Target);
        Assert.Equal(wanted, channel.Work!.Target);
    }

    [Fact]
    [Trait("spec", "172")]
    public void A_valid_update_that_changes_nothing_is_met_with_silence()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        link.ToClient.Clear();
        link.Client.UpdateChannel(channel, 5e12f, U256.MaxValue);
        link.Pump();
        Assert.Empty(link.ToClient.Frames);
        Assert.Equal(5e12f, link.ServerSide(channel).NominalHashRate);
    }

    [Fact]
    [Trait("spec", "172")]
    [Trait("spec", "233")]
    public void An_update_of_an_unknown_channel_or_a_group_is_an_error()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        foreach (uint id in (uint[])[99, channel.GroupChannelId])
        {
            link.ToClient.Clear();
            link.Say(new UpdateChannel { ChannelId = id, NominalHashRate = 1, MaximumTarget = U256.MaxValue });
            UpdateChannelError error = link.ToClient.Single<UpdateChannelError>();
            Assert.Equal(id, error.ChannelId);
            Assert.Equal("invalid-channel-id", error.ErrorCode.ToString());
        }
    }

    [Theory]
    [InlineData(float.NaN, "invalid-nominal-hashrate")]
    [InlineData(float.NegativeInfinity, "invalid-nominal-hashrate")]
    [InlineData(-1f, "invalid-nominal-hashrate")]
    public void An_update_with_a_hash_rate_that_is_none_is_an_error(float hashRate, string code)
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        link.Client.UpdateChannel(channel, hashRate, U256.MaxValue);
        link.Pump();
        Assert.Equal(code, link.Events.UpdateRefused.Single().Code);
    }

    [Fact]
    public void An_update_to_a_maximum_target_of_zero_is_an_error()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        link.Client.UpdateChannel(channel, 1, U256.Zero);
        link.Pump();
        Assert.Equal("max-target-out-of-range", link.Events.UpdateRefused.Single().Code);
        Assert.Equal(U256.MaxValue, link.ServerSide(channel).MaxTarget);
    }

    [Fact]
    [Trait("spec", "173")]
    public void Nothing_is_sent_for_a_closed_channel_while_its_group_goes_on()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel closed = link.OpenExtended();
        ClientChannel open = link.OpenStandard();
        link.Mine(closed);
        link.Client.CloseChannel(closed);
        link.Pump();
        link.ToClient.Clear();

        link.AckAll();
        bench.AddActive();
        bench.NewBlock();
        bench.Advance(TimeSpan.FromMinutes(1));
        link.Pump();
        foreach (byte[] frame in link.ToClient.Frames)
            Assert.NotEqual(closed.Id, BitConverter.ToUInt32(frame, FrameHeader.Size));
        link.Mine(open);
        Assert.Equal(2, link.Sink.Accepted.Count);
        Assert.Empty(link.Events.Violations);
    }

    [Fact]
    [Trait("spec", "177")]
    public void Closing_a_group_closes_all_its_channels_and_no_other()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel[] members = [link.OpenExtended(), link.OpenStandard(), link.OpenExtended()];
        ClientChannel other = link.OpenExtended(minExtranonceSize: 16);
        link.Say(new CloseChannel { ChannelId = members[0].GroupChannelId, ReasonCode = "" });

        Assert.Equal([other.Id], link.Server.Channels.Select(channel => channel.Id));
        Assert.Equal(1, bench.Extranonces.InUse);
        foreach (ClientChannel member in members)
            link.SayShare(Found.On(member.Work!, member.Target), 0);
        Assert.All(link.Sink.Refused, refused => Assert.Equal(ShareRejection.UnknownChannel, refused.Reason));
    }

    [Fact]
    [Trait("spec", "177")]
    [Trait("spec", "178")]
    public void The_client_takes_a_closing_of_a_channel_or_a_group_by_the_server()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel[] members = [link.OpenExtended(), link.OpenStandard(), link.OpenExtended()];
        Assert.True(link.Server.CloseChannel(members[0].Id, "maintenance"));
        link.Pump();
        Assert.Equal([(members[0], "maintenance")], link.Events.Closed);

        link.Tell(new CloseChannel { ChannelId = members[1].GroupChannelId, ReasonCode = "all" });
        Assert.Equal(3, link.Events.Closed.Count);
        Assert.Empty(link.Client.Channels);
        Assert.All(members, member => Assert.True(member.IsClosed));
    }

    [Fact]
    public void A_channel_that_the_server_closes_gets_its_durable_shares_acknowledged_first()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        link.Mine(channel);
        link.AckAll();
        link.Server.CloseChannel(channel.Id, "maintenance");
        link.Pump();
        Assert.Equal([0x1c, 0x18], link.ToClient.Types[^2..]);
        Assert.Equal(1, channel.Accepted);
    }

    [Fact]
    public void Closing_what_is_not_open_is_ignored_and_counted()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        link.ToClient.Clear();
        link.Say(new CloseChannel { ChannelId = 77, ReasonCode = "" });
        Assert.Empty(link.ToClient.Frames);
        Assert.Equal(1, link.Server.IgnoredMessages);
        Assert.NotNull(link.ServerSide(channel));
    }

    [Fact]
    public void The_owner_hears_of_every_channel_that_comes_and_goes_once()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel byClient = link.OpenStandard();
        ClientChannel byServer = link.OpenStandard();
        ClientChannel byGroup = link.OpenExtended(minExtranonceSize: 16);
        link.OpenStandard();
        Assert.Equal([1u, 2u, 3u, 4u], link.Sink.Opened.Select(channel => channel.Id));
        link.Client.CloseChannel(byClient);
        link.Pump();
        link.Server.CloseChannel(byServer.Id, "");
        link.Say(new CloseChannel { ChannelId = byGroup.GroupChannelId, ReasonCode = "" });
        bench.Disconnect(link);
        link.Server.Dispose();
        Assert.Equal([1u, 2u, 3u, 4u], link.Sink.Closed.Select(channel => channel.Id));
        Assert.All(link.Sink.Closed, channel => Assert.True(channel.IsClosed));
    }

    [Fact]
    [Trait("spec", "177")]
    public void A_device_that_was_moved_unseen_closes_its_channel_by_the_group_it_knows()
    {
        Bench bench = Bench.Running();
        JobFamily other = bench.Jobs.CreateFamily(Templates.PayAll);
        bench.Follow(other);
        Link link = bench.Connect(MiningSetupFlags.RequiresStandardJobs);
        ClientChannel moved = link.OpenStandard();
        link.OpenStandard();
        link.Server.MoveChannel(moved.Id, other);
        link.Say(new CloseChannel { ChannelId = moved.GroupChannelId, ReasonCode = "" });
        Assert.Empty(link.Server.Channels);
    }
}
