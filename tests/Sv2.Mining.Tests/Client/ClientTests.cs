using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Client;

public sealed class ClientTests
{
    [Fact]
    [Trait("spec", "184")]
    [Trait("spec", "189")]
    public void A_job_with_min_ntime_is_mined_at_once_on_the_last_previous_hash()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        MiningWork before = channel.Work!;
        link.Tell(new NewMiningJob { ChannelId = channel.Id, JobId = 77, MinNTime = before.MinNTime + 30, Version = 0x2000_0000, MerkleRoot = Templates.Hash(5, 5) });

        Assert.Equal(77u, link.Events.Work[^1].JobId);
        BlockHeader header = channel.Work!.Header();
        Assert.Equal((before.PrevHash, before.NBits, before.MinNTime + 30, Templates.Hash(5, 5)), (header.PrevHash, header.NBits, header.NTime, header.MerkleRoot));
    }

    [Fact]
    [Trait("spec", "185")]
    public void A_future_job_is_held_until_its_previous_hash()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        MiningWork before = channel.Work!;
        int announced = link.Events.Work.Count;
        SharedJob future = bench.AddFuture();
        link.Pump();
        Assert.Same(before, channel.Work);
        Assert.Equal(announced, link.Events.Work.Count);
        Assert.Equal(future.JobId, link.Events.Futures[^1].JobId);

        bench.NewBlock();
        link.Pump();
        Assert.Equal(future.JobId, channel.Work!.JobId);
        Assert.Equal(bench.Tip.PrevHash, channel.Work.PrevHash);
    }

    [Fact]
    [Trait("spec", "188")]
    public void A_previous_hash_for_an_unknown_job_ends_the_work_and_nothing_is_guessed()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        MiningWork before = channel.Work!;
        bench.AddFuture();
        link.Pump();
        link.Tell(new SetNewPrevHash { ChannelId = channel.Id, JobId = 9999, PrevHash = U256.MaxValue, MinNTime = 1, NBits = 1 });

        Assert.Null(channel.Work);
        Assert.Same(channel, link.Events.WorkEnded.Single());
        ProtocolViolation violation = link.Events.Violations.Single();
        Assert.True(violation.IsFatal);
        Assert.Contains("9999", violation.Text);
        Found found = Found.On(before, before.Target);
        Assert.False(link.Client.TrySubmit(before, found.Nonce, found.NTime, found.Version, [], out _));
        Assert.Empty(link.ToServer.Undelivered);
    }

    [Fact]
    [Trait("spec", "188")]
    public void A_previous_hash_for_a_job_that_was_active_from_the_start_is_one_of_these()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        SharedJob active = bench.AddActive();
        link.Pump();
        link.Tell(new SetNewPrevHash { ChannelId = channel.GroupChannelId, JobId = active.JobId, PrevHash = U256.MaxValue, MinNTime = 1, NBits = 1 });
        Assert.Null(channel.Work);
        Assert.True(link.Events.Violations.Single().IsFatal);
    }

    [Fact]
    public void A_job_that_is_active_before_any_previous_hash_is_not_mined()
    {
        Link link = new Bench().Connect();
        ClientChannel channel = link.OpenStandard();
        link.Tell(new NewMiningJob { ChannelId = channel.Id, JobId = 1, MinNTime = 5, Version = 0x2000_0000, MerkleRoot = U256.Zero });
        Assert.Null(channel.Work);
        Assert.Single(link.Events.Violations);
    }

    [Fact]
    [Trait("spec", "190")]
    public void After_a_new_previous_hash_only_its_job_takes_shares()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        MiningWork before = channel.Work!;
        Found found = Found.On(before, before.Target);
        bench.NewBlock();
        link.Pump();
        Assert.False(link.Client.TrySubmit(before, found.Nonce, found.NTime, found.Version, found.Extranonce, out _));
        link.Mine(channel);
        Assert.Equal(0u, link.Sink.Accepted.Single().SequenceNumber);
    }

    [Fact]
    public void A_share_on_the_job_before_on_the_same_tip_is_still_sent()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        Found found = Found.On(channel.Work!, channel.Target);
        bench.AddActive();
        link.Pump();
        link.Submit(found);
        Assert.Single(link.Sink.Accepted);
    }

    [Fact]
    [Trait("spec", "195")]
    public void Whatever_the_job_has_in_the_rollable_bits_may_be_replaced()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        Assert.True(bench.Family.TryAddTemplate(Templates.Template(60, future: false, version: 0x3fff_ffe4), out _, out _));
        bench.Refresh();
        link.Pump();
        MiningWork work = channel.Work!;
        Assert.Equal(0x1fff_ffe0u, work.VersionMask);
        link.Submit(Found.On(work, work.Target, version: 0x2000_0004));
        link.Submit(Found.On(work, work.Target, version: 0x3fff_ffe4));
        link.Submit(Found.On(work, work.Target, version: 0x2000_0024));
        Assert.Equal(3, link.Sink.Accepted.Count);
    }

    [Fact]
    [Trait("spec", "194")]
    [Trait("spec", "203")]
    [Trait("spec", "204")]
    public void A_hasher_that_leaves_its_limits_is_told_so_and_nothing_is_sent()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenExtended();
        MiningWork work = channel.Work!;
        Found found = Found.On(work, work.Target);
        Assert.Throws<ArgumentException>(() => link.Client.TrySubmit(work, 0, work.MinNTime - 1, found.Version, found.Extranonce, out _));
        Assert.Throws<ArgumentException>(() => link.Client.TrySubmit(work, 0, work.MinNTime, found.Version ^ 1, found.Extranonce, out _));
        Assert.Throws<ArgumentException>(() => link.Client.TrySubmit(work, 0, work.MinNTime, found.Version, new byte[7], out _));
        Assert.Throws<ArgumentException>(() => work.MerkleRoot(new byte[9]));
        Assert.Empty(link.ToServer.Undelivered);
        Assert.Equal(0, channel.Submitted);
    }

    [Fact]
    [Trait("spec", "204")]
    [Trait("spec", "341")]
    public void NTime_may_be_rolled_by_one_for_each_second_that_passed_since_the_job_came()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        Assert.Equal(channel.Work!.MinNTime, channel.Work.NTimeMax(bench.Clock));
        bench.Advance(TimeSpan.FromSeconds(10.9));
        Assert.Equal(channel.Work.MinNTime + 10, channel.Work.NTimeMax(bench.Clock));
        bench.AddActive();
        link.Pump();
        Assert.Equal(channel.Work!.MinNTime, channel.Work.NTimeMax(bench.Clock));
    }

    [Fact]
    [Trait("spec", "209")]
    [Trait("spec", "218")]
    public void Sequence_numbers_count_each_channels_submits()
    {
        Link link = Bench.Running().Connect();
        ClientChannel one = link.OpenStandard();
        ClientChannel two = link.OpenExtended();
        Assert.Equal([0u, 0u, 1u, 2u, 1u], (uint[])[link.Mine(one), link.Mine(two), link.Mine(one), link.Mine(one), link.Mine(two)]);
        one.NextSequenceNumber = uint.MaxValue;
        Assert.Equal([uint.MaxValue, 0u], (uint[])[link.Mine(one), link.Mine(one)]);
    }

    [Fact]
    [Trait("spec", "211")]
    public void A_server_that_sends_totals_in_place_of_batches_is_noticed()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        for (int i = 0; i < 4; i++)
            link.Mine(channel);
        link.Tell(new SubmitSharesSuccess { ChannelId = channel.Id, LastSequenceNumber = 1, NewSubmitsAcceptedCount = 2, NewSharesSum = 2 });
        Assert.Empty(link.Events.Violations);
        Assert.Equal((2, 2), (channel.Accepted, channel.Pending));
        link.Tell(new SubmitSharesSuccess { ChannelId = channel.Id, LastSequenceNumber = 3, NewSubmitsAcceptedCount = 4, NewSharesSum = 4 });
        Assert.False(link.Events.Violations.Single().IsFatal);
        Assert.Equal(0, channel.Pending);
    }

    [Fact]
    [Trait("spec", "392")]
    public void Any_error_code_is_passed_on_and_decides_nothing()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        foreach (string code in (string[])["", "whatever", "stale-share", "\u0001\u00ff"])
        {
            link.Tell(new SubmitSharesError { ChannelId = channel.Id, SequenceNumber = 3, ErrorCode = code });
            Assert.Equal(code, link.Events.Rejected[^1].Code);
        }
        Assert.Equal(4, channel.Rejected);
        Assert.NotNull(channel.Work);
    }

    [Fact]
    [Trait("spec", "141")]
    public void Jobs_of_the_wrong_kind_are_ignored_and_reported()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel standard = link.OpenStandard();
        ClientChannel extended = link.OpenExtended();
        NewExtendedMiningJob job = link.ToClient.Last<NewExtendedMiningJob>();
        int announced = link.Events.Work.Count;
        link.Tell(job with { ChannelId = standard.Id, MinNTime = bench.Now });
        link.Tell(new NewMiningJob { ChannelId = extended.Id, JobId = 5, MinNTime = bench.Now, Version = 1, MerkleRoot = U256.Zero });
        link.Tell(new NewMiningJob { ChannelId = standard.GroupChannelId, JobId = 5, MinNTime = bench.Now, Version = 1, MerkleRoot = U256.Zero });
        Assert.Equal(announced, link.Events.Work.Count);
        Assert.Equal(3, link.Events.Violations.Count);
    }

    [Fact]
    [Trait("spec", "198")]
    [Trait("spec", "376")]
    public void An_extended_job_whose_coinbase_has_its_witness_or_is_cut_wrongly_is_refused()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        NewExtendedMiningJob job = link.ToClient.Last<NewExtendedMiningJob>() with { JobId = 500, MinNTime = bench.Now };
        byte[] prefix = job.CoinbaseTxPrefix.ToArray();
        link.Tell(job with { CoinbaseTxPrefix = (byte[])[.. prefix[..4], 0, 1, .. prefix[4..]] });
        link.Tell(job with { CoinbaseTxPrefix = prefix[..^1] });
        link.Tell(job with { CoinbaseTxSuffix = default });
        Assert.NotEqual(500u, channel.Work!.JobId);
        Assert.Equal(3, link.Events.Violations.Count);
        link.Tell(job);
        Assert.Equal(500u, channel.Work.JobId);
    }

    [Fact]
    [Trait("spec", "156")]
    public void Answers_to_requests_that_were_not_made_are_ignored_and_reported()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        OpenStandardMiningChannelSuccess answer = link.ToClient.Single<OpenStandardMiningChannelSuccess>();
        link.Tell(answer);
        link.Tell(new OpenMiningChannelError { RequestId = 44, ErrorCode = "x" });
        link.Tell(new SetCustomMiningJobSuccess { ChannelId = channel.Id, RequestId = 44, JobId = 1 });
        link.Tell(new SetCustomMiningJobError { ChannelId = channel.Id, RequestId = 44, ErrorCode = "x" });
        Assert.Equal(4, link.Events.Violations.Count);
        Assert.Single(link.Client.Channels);
    }

    [Theory]
    [Trait("spec", "145")]
    [InlineData("channel")]
    [InlineData("group-as-channel")]
    [InlineData("channel-as-group")]
    [InlineData("kind")]
    public void An_answer_that_gives_an_id_twice_is_refused(string fault)
    {
        Link link = Bench.Running().Connect();
        ClientChannel open = link.OpenStandard();
        OpenStandardMiningChannelSuccess good = link.ToClient.Single<OpenStandardMiningChannelSuccess>();
        uint request = link.Client.OpenStandardChannel("u", 0, U256.MaxValue);
        OpenStandardMiningChannelSuccess answer = good with { RequestId = request, ChannelId = 50 };
        switch (fault)
        {
            case "channel":
                link.Tell(answer with { ChannelId = open.Id });
                break;
            case "group-as-channel":
                link.Tell(answer with { ChannelId = open.GroupChannelId });
                break;
            case "channel-as-group":
                link.Tell(answer with { GroupChannelId = open.Id });
                break;
            default:
                link.Tell(new OpenExtendedMiningChannelSuccess
                {
                    RequestId = request,
                    ChannelId = 50,
                    Target = U256.MaxValue,
                    ExtranonceSize = 4,
                    ExtranoncePrefix = default,
                    GroupChannelId = 60,
                });
                break;
        }
        Assert.Single(link.Client.Channels);
        Assert.NotEmpty(link.Events.Violations);
    }

    [Theory]
    [Trait("spec", "166")]
    [InlineData(3)]
    [InlineData(33)]
    public void An_extranonce_smaller_than_asked_for_or_beyond_the_wire_is_refused(int granted)
    {
        Link link = Bench.Running().Connect();
        uint request = link.Client.OpenExtendedChannel("u", 0, U256.MaxValue, 4);
        link.Tell(new OpenExtendedMiningChannelSuccess
        {
            RequestId = request,
            ChannelId = 1,
            Target = U256.MaxValue,
            ExtranonceSize = (ushort)granted,
            ExtranoncePrefix = default,
            GroupChannelId = 60,
        });
        Assert.Empty(link.Client.Channels);
        Assert.Equal(request, link.Events.OpenRefused.Single().RequestId);
    }

    [Fact]
    [Trait("spec", "161")]
    public void A_first_target_easier_than_asked_for_is_reported_and_used()
    {
        Link link = Bench.Running().Connect();
        uint request = link.Client.OpenStandardChannel("u", 0, Templates.Easy(10));
        link.Tell(new OpenStandardMiningChannelSuccess { RequestId = request, ChannelId = 1, Target = Templates.Easy(5), ExtranoncePrefix = new byte[4], GroupChannelId = 2 });
        Assert.False(link.Events.Violations.Single().IsFatal);
        Assert.Equal(Templates.Easy(5), link.Client.Channels.Single().Target);
    }

    [Fact]
    public void A_server_cannot_make_the_client_remember_jobs_without_end()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        MiningWork work = channel.Work!;
        for (uint id = 100; id < 10_000; id++)
            link.Tell(new NewMiningJob { ChannelId = channel.Id, JobId = id, MinNTime = null, Version = 1, MerkleRoot = U256.Zero });
        Assert.Equal(32, channel.Jobs.Count);
        // The one that is being mined is never the one to go.
        Assert.Contains(work.Job, channel.Jobs);
        link.Mine(channel);
        Assert.Single(link.Sink.Accepted);
    }

    [Fact]
    public void Closing_and_opening_from_inside_a_callback_works()
    {
        Bench bench = Bench.Running();
        ReopeningEvents events = new();
        RecordingOutput toServer = new();
        MiningClientSession client = new(toServer, events, bench.Clock);
        events.Client = client;
        RecordingOutput toClient = new();
        MiningServerSession server = bench.Server.CreateSession(0, toClient, new RecordingSink());
        client.OpenStandardChannel("u", 0, U256.MaxValue);
        for (int i = 0; i < 50; i++)
        {
            while (toServer.Undelivered.TryDequeue(out byte[]? frame))
            {
                FrameHeader.TryRead(frame, out FrameHeader header);
                MiningDispatcher.DispatchToServer(header, frame.AsSpan(6), server);
            }
            while (toClient.Undelivered.TryDequeue(out byte[]? frame))
            {
                FrameHeader.TryRead(frame, out FrameHeader header);
                MiningDispatcher.DispatchToClient(header, frame.AsSpan(6), client);
            }
        }
        Assert.True(events.Reopened > 10);
        Assert.Single(server.Channels);
        Assert.Equal(1, bench.Extranonces.InUse);
    }

    private sealed class ReopeningEvents : IMiningClientEvents
    {
        public MiningClientSession? Client { get; set; }

        public int Reopened { get; private set; }

        public void OnWork(ClientChannel channel, MiningWork work)
        {
            Reopened++;
            Client!.CloseChannel(channel);
            Client.OpenStandardChannel("u", 0, U256.MaxValue);
        }
    }
}
