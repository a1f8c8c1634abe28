using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

public sealed class OpenChannelTests
{
    [Fact]
    [Trait("spec", "151")]
    [Trait("spec", "141")]
    public void Both_kinds_open_on_one_connection_and_both_get_work()
    {
        Link link = Bench.Running().Connect();
        ClientChannel standard = link.OpenStandard();
        ClientChannel extended = link.OpenExtended();

        Assert.NotNull(standard.Work);
        Assert.NotNull(extended.Work);
        Assert.Equal(standard.Id, link.ToClient.Single<NewMiningJob>().ChannelId);
        Assert.Equal(extended.Id, link.ToClient.Single<NewExtendedMiningJob>().ChannelId);
        Assert.Empty(link.Events.Violations);
    }

    [Fact]
    [Trait("spec", "152")]
    [Trait("spec", "343")]
    public void A_client_that_needs_standard_jobs_never_sees_an_extended_message()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect(MiningSetupFlags.RequiresStandardJobs);
        link.OpenStandard();
        link.OpenStandard();
        bench.AddActive();
        bench.AddFuture();
        bench.NewBlock();
        link.Pump();

        byte[] allowed = [0x11, 0x15, 0x20, 0x21, 0x1c, 0x1d];
        Assert.All(link.ToClient.Types, type => Assert.Contains(type, allowed));
    }

    [Theory]
    [Trait("spec", "156")]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(uint.MaxValue)]
    public void The_request_id_comes_back_as_it_was(uint requestId)
    {
        Link link = Bench.Running().Connect();
        link.SayOpen(ChannelKind.Standard, U256.MaxValue, requestId: requestId);
        link.SayOpen(ChannelKind.Extended, U256.MaxValue, requestId: requestId);
        link.SayOpen(ChannelKind.Standard, U256.Zero, requestId: requestId);

        Assert.Equal(requestId, link.ToClient.Single<OpenStandardMiningChannelSuccess>().RequestId);
        Assert.Equal(requestId, link.ToClient.Single<OpenExtendedMiningChannelSuccess>().RequestId);
        Assert.Equal(requestId, link.ToClient.Single<OpenMiningChannelError>().RequestId);
    }

    [Fact]
    [Trait("spec", "156")]
    public void Two_opens_in_flight_find_their_own_answers()
    {
        Link link = Bench.Running().Connect();
        uint first = link.Client.OpenExtendedChannel("a", 0, U256.MaxValue, 0, tag: "a");
        uint second = link.Client.OpenStandardChannel("b", 0, U256.MaxValue, tag: "b");
        link.Pump();

        Assert.NotEqual(first, second);
        Assert.Equal(ChannelKind.Extended, link.Events.Opened.Single(channel => (string)channel.Tag! == "a").Kind);
        Assert.Equal(ChannelKind.Standard, link.Events.Opened.Single(channel => (string)channel.Tag! == "b").Kind);
    }

    [Fact]
    [Trait("spec", "158")]
    public void An_identity_of_arbitrary_bytes_is_kept_as_it_is()
    {
        Link link = Bench.Running().Connect();
        byte[] bytes = [0xff, 0xfe, 0x00, 0x80];
        link.Say(new OpenStandardMiningChannel { RequestId = 1, UserIdentity = Text.CopyOf(bytes), NominalHashRate = 0, MaxTarget = U256.MaxValue });

        Assert.Equal(bytes, link.Server.Channels.Single().UserIdentity.Utf8.ToArray());
    }

    [Theory]
    [Trait("spec", "159")]
    [Trait("spec", "403")]
    [InlineData(0f)]
    [InlineData(float.Epsilon)]
    [InlineData(1e14f)]
    [InlineData(float.MaxValue)]
    public void Any_finite_hash_rate_opens_a_channel(float hashRate)
    {
        Bench bench = Bench.Running(vardiff: null, shareTarget: null);
        MiningServer server = new(new MiningServerOptions(), bench.Jobs, bench.Extranonces, bench.Policy, bench.Clock);
        RecordingOutput output = new();
        MiningServerSession session = server.CreateSession(0, output, new RecordingSink());
        Open(session, hashRate, U256.MaxValue);

        OpenStandardMiningChannelSuccess opened = output.Single<OpenStandardMiningChannelSuccess>();
        Assert.NotEqual(U256.Zero, opened.Target);
        Assert.True(opened.Target >= bench.Tip.Target);
    }

    [Theory]
    [Trait("spec", "403")]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(-1f)]
    public void A_hash_rate_that_is_none_is_refused(float hashRate)
    {
        Link link = Bench.Running().Connect();
        link.SayOpen(ChannelKind.Standard, U256.MaxValue, hashRate);
        link.SayOpen(ChannelKind.Extended, U256.MaxValue, hashRate);

        Assert.All(link.ToClient.All<OpenMiningChannelError>(), error => Assert.Equal("invalid-nominal-hashrate", error.ErrorCode.ToString()));
        Assert.Equal(2, link.ToClient.Count<OpenMiningChannelError>());
        Assert.Empty(link.Server.Channels);
    }

    [Fact]
    [Trait("spec", "161")]
    [Trait("spec", "168")]
    public void A_maximum_target_of_zero_is_refused_for_both_kinds()
    {
        Link link = Bench.Running().Connect();
        link.SayOpen(ChannelKind.Standard, U256.Zero);
        link.SayOpen(ChannelKind.Extended, U256.Zero);

        Assert.Equal(["max-target-out-of-range", "max-target-out-of-range"], link.ToClient.All<OpenMiningChannelError>().Select(error => error.ErrorCode.ToString()));
    }

    [Fact]
    [Trait("spec", "161")]
    public void The_first_target_is_never_easier_than_the_client_takes()
    {
        Link link = Bench.Running(shareTarget: Templates.Easy(4), networkTarget: Templates.Easy(8)).Connect();
        foreach (int bits in (int[])[0, 3, 4, 5, 8, 30, 255])
        {
            U256 maxTarget = Templates.Easy(bits);
            ClientChannel channel = link.OpenStandard(maxTarget);
            Assert.True(channel.Target <= maxTarget);
            // Between what the client takes and the network, the server's own choice counts.
            Assert.Equal(bits <= 4 ? Templates.Easy(4) : maxTarget, channel.Target);
        }
    }

    [Fact]
    [Trait("spec", "164")]
    public void OpenStandardMiningChannelSuccess_has_the_bytes_of_the_specification()
    {
        Bench bench = Bench.Running(layout: new ExtranonceLayout { UniqueSize = 2, ClientSize = 2, FixedPrefix = ByteString.FromHex("aabb") });
        Link link = bench.Connect();
        link.SayOpen(ChannelKind.Standard, U256.MaxValue, requestId: 7);

        byte[] expected =
        [
            0x00, 0x00, 0x11, 51, 0, 0,
            7, 0, 0, 0, 1, 0, 0, 0,
            .. bench.ShareTarget.AsSpan(),
            6, 0xaa, 0xbb, 0, 0, 0, 0,
            .. BitConverter.GetBytes(bench.Family.GroupChannelId(6)),
        ];
        Assert.Equal(expected, link.ToClient.Frames[0]);
    }

    [Fact]
    [Trait("spec", "165")]
    [Trait("spec", "371")]
    public void OpenExtendedMiningChannelSuccess_has_the_bytes_of_the_specification()
    {
        Bench bench = Bench.Running(layout: new ExtranonceLayout { UniqueSize = 2, ClientSize = 2, FixedPrefix = ByteString.FromHex("aabb") });
        Link link = bench.Connect();
        link.SayOpen(ChannelKind.Extended, U256.MaxValue, requestId: 7);

        byte[] expected =
        [
            0x00, 0x00, 0x14, 51, 0, 0,
            7, 0, 0, 0, 1, 0, 0, 0,
            .. bench.ShareTarget.AsSpan(),
            2, 0,
            4, 0xaa, 0xbb, 0, 0,
            .. BitConverter.GetBytes(bench.Family.GroupChannelId(6)),
        ];
        Assert.Equal(expected, link.ToClient.Frames[0]);
    }

    [Theory]
    [Trait("spec", "166")]
    [InlineData(0, 8)]
    [InlineData(4, 8)]
    [InlineData(8, 8)]
    [InlineData(9, 9)]
    [InlineData(16, 16)]
    [InlineData(17, -1)]
    [InlineData(33, -1)]
    [InlineData(65535, -1)]
    public void The_extranonce_is_at_least_what_was_asked_for_or_the_channel_is_refused(int asked, int granted)
    {
        Link link = Bench.Running().Connect();
        link.SayOpen(ChannelKind.Extended, U256.MaxValue, minExtranonceSize: (ushort)asked);

        if (granted < 0)
            Assert.Equal("min-extranonce-size-too-large", link.ToClient.Single<OpenMiningChannelError>().ErrorCode.ToString());
        else
            Assert.Equal(granted, link.ToClient.Single<OpenExtendedMiningChannelSuccess>().ExtranonceSize);
    }

    [Fact]
    public void Channels_beyond_the_connections_limit_are_refused_and_a_closed_one_makes_room()
    {
        Link link = Bench.Running(new MiningServerOptions { ChannelsMax = 2 }).Connect();
        ClientChannel first = link.OpenStandard();
        link.OpenStandard();
        link.SayOpen(ChannelKind.Standard, U256.MaxValue);
        Assert.Equal("channel-capacity-exhausted", link.ToClient.Single<OpenMiningChannelError>().ErrorCode.ToString());

        link.Client.CloseChannel(first);
        link.Pump();
        link.OpenStandard();
        Assert.Equal(2, link.Server.Channels.Count);
    }

    [Fact]
    public void Without_a_free_prefix_a_channel_is_refused_until_the_next_block()
    {
        Bench bench = Bench.Running(layout: new ExtranonceLayout { UniqueSize = 1 });
        Link link = bench.Connect();
        for (int i = 0; i < 256; i++)
            link.SayOpen(ChannelKind.Standard, U256.MaxValue);
        Assert.Equal(256, link.ToClient.Count<OpenStandardMiningChannelSuccess>());

        link.Say(new CloseChannel { ChannelId = 1, ReasonCode = "" });
        link.SayOpen(ChannelKind.Standard, U256.MaxValue);
        Assert.Equal("channel-capacity-exhausted", link.ToClient.Single<OpenMiningChannelError>().ErrorCode.ToString());

        bench.NewBlock();
        link.SayOpen(ChannelKind.Standard, U256.MaxValue);
        Assert.Equal(257, link.ToClient.Count<OpenStandardMiningChannelSuccess>());
    }

    [Fact]
    public void The_policy_decides_who_opens_and_for_which_payout()
    {
        Bench bench = Bench.Running();
        JobFamily solo = bench.Jobs.CreateFamily(Templates.PayAll);
        bench.Follow(solo);
        object tag = new();
        bench.Policy.Decide = user => user switch
        {
            "solo" => ChannelDecision.Accept(solo, tag),
            "nobody" => ChannelDecision.Refuse(MiningErrorCodes.UnknownUser),
            _ => ChannelDecision.Accept(bench.Family),
        };
        Link link = bench.Connect();
        ClientChannel pooled = link.OpenStandard(user: "pooled");
        ClientChannel alone = link.OpenStandard(user: "solo");
        link.Client.OpenStandardChannel("nobody", 0, U256.MaxValue);
        link.Pump();

        Assert.Equal("unknown-user", link.Events.OpenRefused.Single().Code);
        Assert.Same(solo, link.ServerSide(alone).Family);
        Assert.Same(tag, link.ServerSide(alone).Tag);
        Assert.NotEqual(pooled.GroupChannelId, alone.GroupChannelId);
        link.Mine(pooled);
        link.Mine(alone);
        Assert.Equal(2, link.Sink.Accepted.Count);
    }

    [Fact]
    public void A_server_without_one_kind_says_so_at_setup_and_at_opening()
    {
        Link extendedOnly = Bench.Running(new MiningServerOptions { StandardChannels = false }).Connect();
        Assert.Equal(MiningSetupSuccessFlags.RequiresExtendedChannels, extendedOnly.Bench.Server.SuccessFlags);
        extendedOnly.SayOpen(ChannelKind.Standard, U256.MaxValue);
        Assert.Equal("standard-channels-not-supported", extendedOnly.ToClient.Single<OpenMiningChannelError>().ErrorCode.ToString());

        Link device = Bench.Running().Connect(MiningSetupFlags.RequiresStandardJobs);
        device.SayOpen(ChannelKind.Extended, U256.MaxValue);
        Assert.Equal("extended-channels-not-supported", device.ToClient.Single<OpenMiningChannelError>().ErrorCode.ToString());
    }

    [Fact]
    [Trait("spec", "182")]
    [Trait("spec", "183")]
    public void A_fresh_standard_channel_gets_a_future_job_first_and_then_its_previous_hash()
    {
        Bench bench = Bench.Running();
        bench.AddActive();
        Link link = bench.Connect();
        link.SayOpen(ChannelKind.Standard, U256.MaxValue);

        Assert.Equal([0x11, 0x15, 0x20], link.ToClient.Types);
        NewMiningJob job = link.ToClient.Single<NewMiningJob>();
        Assert.Null(job.MinNTime);
        SetNewPrevHash activation = link.ToClient.Single<SetNewPrevHash>();
        Assert.Equal(job.JobId, activation.JobId);
        Assert.Equal(job.ChannelId, activation.ChannelId);
        Assert.Equal(bench.Tip.PrevHash, activation.PrevHash);
    }

    [Fact]
    [Trait("spec", "183")]
    public void A_fresh_extended_channel_gets_the_same()
    {
        Bench bench = Bench.Running();
        bench.AddFuture();
        Link link = bench.Connect();
        link.SayOpen(ChannelKind.Extended, U256.MaxValue);

        Assert.Equal([0x14, 0x1f, 0x20, 0x1f], link.ToClient.Types);
        Assert.All(link.ToClient.All<NewExtendedMiningJob>(), job => Assert.Null(job.MinNTime));
    }

    [Fact]
    public void A_channel_opened_before_the_first_template_gets_its_job_when_there_is_one()
    {
        Bench bench = new();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        Assert.Null(channel.Work);

        bench.NewBlock();
        link.Pump();
        link.Mine(channel);
        Assert.Single(link.Sink.Accepted);
        Assert.Empty(link.Events.Violations);
    }

    [Fact]
    [Trait("spec", "145")]
    [Trait("spec", "228")]
    [Trait("spec", "401")]
    public void Ids_of_channels_and_groups_stay_apart_through_a_hundred_thousand_opens()
    {
        Bench bench = Bench.Running();
        JobFamily other = bench.Jobs.CreateFamily(Templates.PayAll);
        bench.Policy.Decide = user => ChannelDecision.Accept(user == "other" ? other : bench.Family);
        Link link = bench.Connect();
        Random random = new(1);
        List<uint> live = [];
        for (int i = 0; i < 100_000; i++)
        {
            if (live.Count > 50 || (live.Count > 0 && random.Next(3) == 0))
            {
                int index = random.Next(live.Count);
                link.Say(new CloseChannel { ChannelId = live[index], ReasonCode = "" });
                live.RemoveAt(index);
            }
            link.ToClient.Clear();
            link.Say(new OpenStandardMiningChannel { RequestId = 1, UserIdentity = i % 3 == 0 ? "other" : "user", NominalHashRate = 0, MaxTarget = U256.MaxValue });
            OpenStandardMiningChannelSuccess opened = RecordingOutput.Decode<OpenStandardMiningChannelSuccess>(link.ToClient.Frames[0]);
            Assert.DoesNotContain(opened.ChannelId, live);
            Assert.NotEqual(0u, opened.ChannelId);
            Assert.NotEqual(0u, opened.GroupChannelId);
            live.Add(opened.ChannelId);
            Assert.Null(link.Server.FindChannel(opened.GroupChannelId));
        }
        Assert.Equal(live.Count, bench.Extranonces.InUse);
    }

    [Fact]
    [Trait("spec", "146")]
    [Trait("spec", "147")]
    public void The_same_channel_id_on_two_connections_means_two_channels()
    {
        Bench bench = Bench.Running();
        Link one = bench.Connect();
        Link two = bench.Connect();
        ClientChannel first = one.OpenStandard();
        ClientChannel second = two.OpenStandard();
        ClientChannel third = two.OpenStandard();
        Assert.Equal(first.Id, second.Id);

        Found found = Found.On(second.Work!, second.Target);
        one.SayShare(found, 0, channelId: third.Id);
        Assert.Equal(ShareRejection.UnknownChannel, one.Sink.Refused.Single().Reason);
        Assert.Equal("invalid-channel-id", one.ToClient.Single<SubmitSharesError>().ErrorCode.ToString());
        Assert.Empty(two.Sink.Refused);
        Assert.Equal(0, two.ServerSide(third).RejectedShares);
    }

    private static void Open(MiningServerSession session, float hashRate, U256 maxTarget)
    {
        byte[] frame = Frame.ToArray(new OpenStandardMiningChannel { RequestId = 1, UserIdentity = "u", NominalHashRate = hashRate, MaxTarget = maxTarget });
        FrameHeader.TryRead(frame, out FrameHeader header);
        MiningDispatcher.DispatchToServer(header, frame.AsSpan(FrameHeader.Size), session);
    }
}
