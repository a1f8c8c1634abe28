using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

public sealed class GroupTests
{
    [Fact]
    [Trait("spec", "191")]
    [Trait("spec", "192")]
    public void A_hundred_channels_of_a_group_are_served_by_one_frame_each_time()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        for (int i = 0; i < 100; i++)
            _ = i % 2 == 0 ? link.OpenStandard() : link.OpenExtended();
        link.ToClient.Clear();
        bench.AddFuture();
        bench.NewBlock();
        bench.AddActive();
        Assert.Equal([0x1f, 0x20, 0x1f], link.ToClient.Types);
        link.Pump();
        Assert.All(link.Client.Channels, channel => Assert.Equal(bench.Family.State.Active!.JobId, channel.Work!.JobId));
        foreach (ClientChannel channel in link.Client.Channels)
            link.Mine(channel);
        Assert.Equal(100, link.Sink.Accepted.Count);
    }

    [Fact]
    [Trait("spec", "192")]
    public void A_client_that_needs_standard_jobs_gets_one_message_per_channel_and_none_for_the_group()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect(MiningSetupFlags.RequiresStandardJobs);
        ClientChannel[] channels = [link.OpenStandard(), link.OpenStandard(), link.OpenStandard()];
        link.ToClient.Clear();
        bench.AddActive();
        bench.NewBlock();

        Assert.Equal([0x15, 0x15, 0x15, 0x15, 0x15, 0x15, 0x20, 0x20, 0x20], link.ToClient.Types);
        Assert.Equal(channels.Select(channel => channel.Id).Order(), link.ToClient.All<SetNewPrevHash>().Select(message => message.ChannelId).Order());
        Assert.Equal(6, link.ToClient.All<NewMiningJob>().Select(job => job.MerkleRoot).Distinct().Count());
        link.Pump();
        foreach (ClientChannel channel in channels)
            link.Mine(channel);
        Assert.Equal(3, link.Sink.Accepted.Count);
    }

    [Fact]
    [Trait("spec", "197")]
    public void Where_all_standard_channels_get_standard_jobs_they_and_the_extended_ones_hear_nothing_of_each_others()
    {
        Bench bench = Bench.Running(new MiningServerOptions { StandardJobsForAll = true });
        Link link = bench.Connect();
        ClientChannel[] standard = [link.OpenStandard(), link.OpenStandard()];
        ClientChannel[] extended = [link.OpenExtended(), link.OpenExtended()];
        // All the same full size, so that nothing but the kind of job keeps them apart (5.2.3).
        Assert.Single(link.Server.Channels.Select(channel => channel.FullExtranonceSize).Distinct());
        Assert.NotEqual(standard[0].GroupChannelId, extended[0].GroupChannelId);
        link.ToClient.Clear();

        bench.AddActive();
        bench.AddFuture();
        bench.NewBlock();

        // Of each job one message for the group of the extended ones and one for each standard one; so the tip.
        Assert.Equal([0x15, 0x15, 0x15, 0x15, 0x1f, 0x1f, 0x20, 0x20, 0x20], link.ToClient.Types.Order().ToArray());
        Assert.Equal(standard.Select(channel => channel.Id), link.ToClient.All<NewMiningJob>().Select(job => job.ChannelId).Distinct().Order());
        Assert.All(link.ToClient.All<NewExtendedMiningJob>(), job => Assert.Equal(extended[0].GroupChannelId, job.ChannelId));
        Assert.Equal(
            standard.Select(channel => channel.Id).Append(extended[0].GroupChannelId).Order(),
            link.ToClient.All<SetNewPrevHash>().Select(tip => tip.ChannelId).Order());
        link.Pump();
        foreach (ClientChannel channel in link.Client.Channels)
            link.Mine(channel);
        Assert.Equal(4, link.Sink.Accepted.Count);
        Assert.All(standard, channel => Assert.Null(channel.Work!.Job.Extended));
    }

    [Fact]
    [Trait("spec", "196")]
    [Trait("spec", "142")]
    public void A_standard_member_derives_the_root_that_a_standard_job_would_name()
    {
        Bench bench = Bench.Running();
        Link group = bench.Connect();
        ClientChannel member = group.OpenStandard();
        bench.AddActive();
        group.Pump();
        U256 derived = member.Work!.MerkleRoot();
        Assert.Equal(derived, member.Work.Job.Extended!.MerkleRoot(member.ExtranoncePrefix.Span));

        byte[] independent = Independent.MerkleRoot(
            member.Work.Job.Extended.CoinbasePrefix.ToArray(),
            member.ExtranoncePrefix.ToArray(),
            [],
            member.Work.Job.Extended.CoinbaseSuffix.ToArray(),
            member.Work.Job.Extended.MerklePath.ToArray().Select(step => step.AsSpan().ToArray()));
        Assert.Equal(independent, derived.AsSpan().ToArray());
    }

    [Fact]
    [Trait("spec", "229")]
    public void The_group_named_at_opening_is_the_one_broadcast_to()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        Assert.NotEqual(0u, channel.GroupChannelId);
        bench.AddActive();
        Assert.Equal(channel.GroupChannelId, link.ToClient.Last<NewExtendedMiningJob>().ChannelId);
    }

    [Fact]
    [Trait("spec", "231")]
    public void Channels_of_different_full_size_are_in_different_groups()
    {
        Link link = Bench.Running().Connect();
        Random random = new(11);
        for (int i = 0; i < 200; i++)
            _ = random.Next(3) == 0 ? link.OpenStandard() : link.OpenExtended((ushort)random.Next(17));

        foreach (IGrouping<uint, ServerChannel> group in link.Server.Channels.GroupBy(channel => channel.GroupChannelId))
            Assert.Single(group.Select(channel => channel.FullExtranonceSize).Distinct());
        Assert.Equal(9, link.Server.Channels.Select(channel => channel.GroupChannelId).Distinct().Count());
        Assert.Contains(link.Server.Channels, channel => channel.Kind == ChannelKind.Extended && channel.FullExtranonceSize == 12);
    }

    [Fact]
    [Trait("spec", "230")]
    public void A_channel_that_moves_to_another_payout_changes_its_group_and_the_others_stay()
    {
        Bench bench = Bench.Running();
        JobFamily other = bench.Jobs.CreateFamily(Templates.PayAll);
        bench.Follow(other);
        Link link = bench.Connect();
        ClientChannel mover = link.OpenExtended();
        ClientChannel stayer = link.OpenExtended();
        uint before = mover.GroupChannelId;
        Found onOldJob = Found.On(mover.Work!, mover.Target);
        bench.AddFuture();
        link.Pump();

        Assert.True(link.Server.MoveChannel(mover.Id, other));
        link.Pump();
        SetGroupChannel message = link.ToClient.Single<SetGroupChannel>();
        Assert.Equal([mover.Id], message.ChannelIds.ToArray());
        Assert.Equal(other.GroupChannelId(12), message.GroupChannelId);
        Assert.Equal(other.GroupChannelId(12), mover.GroupChannelId);
        Assert.Equal(before, stayer.GroupChannelId);
        Assert.Equal(other.State.Active!.JobId, mover.Work!.JobId);

        // The old job is on the same tip: a share in flight still counts.
        link.SayShare(onOldJob, 0);
        link.Mine(mover);
        bench.AddActive(other);
        link.Pump();
        Assert.Equal(other.State.Active!.JobId, mover.Work!.JobId);
        Assert.NotEqual(other.State.Active!.JobId, stayer.Work!.JobId);
        link.Mine(mover);
        link.Mine(stayer);
        bench.NewBlock(family: other);
        bench.NewBlock();
        link.Pump();
        link.Mine(mover);
        link.Mine(stayer);
        Assert.Equal(6, link.Sink.Accepted.Count);
        Assert.Empty(link.Events.Violations);
        Assert.True(link.Server.MoveChannel(mover.Id, other));
        Assert.Equal(1, link.ToClient.Count<SetGroupChannel>());
    }

    [Fact]
    public void A_channel_does_not_move_to_a_payout_that_has_no_job_yet()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        Assert.False(link.Server.MoveChannel(channel.Id, bench.Jobs.CreateFamily(Templates.PayAll)));
        Assert.False(link.Server.MoveChannel(4711, bench.Family));
        Assert.Same(bench.Family, link.ServerSide(channel).Family);
        Assert.Equal(0, link.ToClient.Count<SetGroupChannel>());
    }

    [Fact]
    [Trait("spec", "389")]
    public void SetGroupChannel_has_no_channel_bit()
    {
        byte[] frame = Frame.ToArray(new SetGroupChannel { GroupChannelId = 1, ChannelIds = (uint[])[2] });
        Assert.Equal([0x00, 0x00, 0x25], frame[..3]);
    }

    [Fact]
    [Trait("spec", "227")]
    public void A_client_that_needs_standard_jobs_is_moved_without_SetGroupChannel()
    {
        Bench bench = Bench.Running();
        JobFamily other = bench.Jobs.CreateFamily(Templates.PayAll);
        bench.Follow(other);
        Link link = bench.Connect(MiningSetupFlags.RequiresStandardJobs);
        ClientChannel channel = link.OpenStandard();
        link.Server.MoveChannel(channel.Id, other);
        link.Pump();
        Assert.Equal(0, link.ToClient.Count<SetGroupChannel>());
        Assert.Equal(other.State.Active!.JobId, channel.Work!.JobId);
        bench.AddActive(other);
        link.Pump();
        link.Mine(channel);
        Assert.Single(link.Sink.Accepted);
    }

    [Fact]
    [Trait("spec", "234")]
    public void A_message_for_an_unknown_group_is_ignored_and_reported()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenExtended();
        MiningWork work = channel.Work!;
        link.Tell(new SetTarget { ChannelId = 4711, MaximumTarget = U256.Zero });
        link.Tell(new SetNewPrevHash { ChannelId = 4711, JobId = 1, PrevHash = U256.Zero, MinNTime = 0, NBits = 0 });
        link.Tell(new CloseChannel { ChannelId = 4711, ReasonCode = "" });
        Assert.Same(work, channel.Work);
        Assert.Equal(3, link.Events.Violations.Count);
        Assert.All(link.Events.Violations, violation => Assert.False(violation.IsFatal));
    }

    [Fact]
    [Trait("spec", "228")]
    public void A_group_may_not_take_a_channels_id()
    {
        Link link = Bench.Running().Connect();
        ClientChannel one = link.OpenExtended();
        ClientChannel two = link.OpenExtended();
        uint before = two.GroupChannelId;
        link.Tell(new SetGroupChannel { GroupChannelId = one.Id, ChannelIds = (uint[])[two.Id] });
        Assert.Equal(before, two.GroupChannelId);
        Assert.Single(link.Events.Violations);
    }

    [Fact]
    [Trait("spec", "150")]
    public void Standard_channels_without_the_flag_are_grouped_with_extended_ones()
    {
        Link link = Bench.Running().Connect();
        Assert.Equal(link.OpenStandard().GroupChannelId, link.OpenExtended().GroupChannelId);
    }
}
