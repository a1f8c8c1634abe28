using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

public sealed class CustomJobTests
{
    private readonly TestCustomJobPolicy _policy = new();

    [Fact]
    [Trait("spec", "235")]
    [Trait("spec", "388")]
    public void Without_the_flag_or_without_a_policy_a_custom_job_is_an_error()
    {
        Link withoutFlag = Bench.Running(customJobs: _policy).Connect();
        Link withoutPolicy = Bench.Running().Connect(MiningSetupFlags.RequiresWorkSelection);
        foreach (Link link in (Link[])[withoutFlag, withoutPolicy])
        {
            ClientChannel channel = link.OpenExtended();
            uint request = link.Client.SetCustomMiningJob(Job(link, channel));
            link.Pump();
            SetCustomMiningJobError error = link.ToClient.Single<SetCustomMiningJobError>();
            Assert.Equal((channel.Id, request), (error.ChannelId, error.RequestId));
            Assert.Equal(request, link.Events.CustomRefused.Single().RequestId);
        }
        Assert.False(withoutPolicy.Bench.Server.SupportedFlags.HasFlag(MiningSetupFlags.RequiresWorkSelection));
        Assert.True(withoutFlag.Bench.Server.SupportedFlags.HasFlag(MiningSetupFlags.RequiresWorkSelection));
        Assert.Empty(_policy.Requests);
    }

    [Fact]
    [Trait("spec", "238")]
    [Trait("spec", "240")]
    public void An_accepted_custom_job_can_be_mined_at_once_under_its_own_id()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        link.Client.SetCustomMiningJob(Job(link, channel));
        link.Pump();
        MiningWork work = link.Events.CustomAccepted.Single().Work.Single();
        Assert.NotEqual(channel.Work!.JobId, work.JobId);
        link.Submit(Found.On(work, work.Target));

        Accepted share = link.Sink.Accepted.Single();
        Assert.Equal(work.JobId, share.JobId);
        // The scriptSig is exactly coinbase_prefix and extranonce; client and server computed the same root.
        ExtendedJob extended = work.Job.Extended!;
        byte[] coinbase = [.. extended.CoinbasePrefix.Span, .. channel.ExtranoncePrefix.Span, .. share.Extranonce, .. extended.CoinbaseSuffix.Span];
        Assert.True(Transaction.TryParse(coinbase, out Transaction? transaction, out _));
        Assert.Equal([.. Convert.FromHexString("03400d0c"), .. channel.ExtranoncePrefix.Span, .. share.Extranonce], transaction.Inputs[0].ScriptSig.Span.ToArray());
        // The pool's own job goes on beside it.
        link.Mine(channel);
        Assert.Equal(2, link.Sink.Accepted.Count);
    }

    [Theory]
    [Trait("spec", "237")]
    [InlineData("version")]
    [InlineData("prev_hash")]
    [InlineData("nbits")]
    [InlineData("min_ntime")]
    [InlineData("coinbase_prefix")]
    [InlineData("coinbase_tx_outputs")]
    [InlineData("merkle_path")]
    public void One_bad_field_at_a_time_is_refused_by_its_name(string field)
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        SetCustomMiningJob good = Job(link, channel);
        SetCustomMiningJob[] bad = field switch
        {
            "version" => [good with { Version = 3 }, good with { Version = 0x8000_0000 }],
            "prev_hash" => [good with { PrevHash = U256.Zero }],
            "nbits" => [good with { NBits = good.NBits + 1 }],
            "min_ntime" => [good with { MinNTime = good.MinNTime - 7201 }, good with { MinNTime = good.MinNTime + 8000 }, good with { MinNTime = uint.MaxValue }],
            "coinbase_prefix" => [good with { CoinbasePrefix = new byte[9] }],
            "coinbase_tx_outputs" =>
            [
                good with { CoinbaseTxOutputs = default },
                good with { CoinbaseTxOutputs = ByteString.FromHex("00") },
                good with { CoinbaseTxOutputs = ByteString.CopyOf(good.CoinbaseTxOutputs.Span[1..]) },
                good with { CoinbaseTxOutputs = TxOutput.SerializePrefixed([new TxOutput(ulong.MaxValue, new Script(Templates.PayoutScript))]) },
            ],
            _ => [good with { MerklePath = new U256[25] }],
        };
        foreach (SetCustomMiningJob job in bad)
        {
            link.ToClient.Clear();
            link.Say(job);
            link.Bench.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal($"invalid-job-param-value-{field}", link.ToClient.Single<SetCustomMiningJobError>().ErrorCode.ToString());
        }
        Assert.Empty(_policy.Requests);
        Assert.Equal(0, link.Server.PendingCustomJobs);
    }

    [Fact]
    [Trait("spec", "237")]
    [Trait("spec", "378")]
    public void The_pools_payout_is_found_at_any_place_but_must_receive_value()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        Script pool = new(Templates.PayoutScript);
        Script other = new(ByteString.FromHex("51"));
        SetCustomMiningJob job = Job(link, channel);
        Assert.True(CustomJobRules.Pays(job with { CoinbaseTxOutputs = TxOutput.SerializePrefixed([new TxOutput(0, other), new TxOutput(7, pool)]) }, pool, 7));
        Assert.False(CustomJobRules.Pays(job with { CoinbaseTxOutputs = TxOutput.SerializePrefixed([new TxOutput(0, pool), new TxOutput(7, other)]) }, pool, 1));
        Assert.False(CustomJobRules.Pays(job with { CoinbaseTxOutputs = default }, pool, 0));
    }

    [Fact]
    [Trait("spec", "237")]
    public void The_policys_refusal_is_passed_on()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        _policy.Decide = _ => CustomJobVerdict.Refuse(MiningErrorCodes.InvalidMiningJobToken);
        link.Client.SetCustomMiningJob(Job(link, channel));
        link.Pump();
        Assert.Equal("invalid-mining-job-token", link.Events.CustomRefused.Single().Code);
        _policy.Decide = _ => CustomJobVerdict.RefuseField("coinbase_tx_outputs");
        link.Client.SetCustomMiningJob(Job(link, channel));
        link.Pump();
        Assert.Equal("invalid-job-param-value-coinbase_tx_outputs", link.Events.CustomRefused[^1].Code);
    }

    [Theory]
    [Trait("spec", "377")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(253)]
    public void Outputs_are_prefixed_by_their_count(int count)
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        TxOutput[] outputs = [.. Enumerable.Range(1, count).Select(value => new TxOutput((ulong)value, new Script(Templates.PayoutScript)))];
        link.Client.SetCustomMiningJob(Job(link, channel) with { CoinbaseTxOutputs = TxOutput.SerializePrefixed(outputs) });
        link.Pump();
        MiningWork work = link.Events.CustomAccepted.Single().Work.Single();
        link.Submit(Found.On(work, work.Target));
        Assert.Single(link.Sink.Accepted);
    }

    [Fact]
    [Trait("spec", "236")]
    public void Sent_to_a_group_it_is_for_the_extended_members_alone()
    {
        Link link = Connect();
        ClientChannel standard = link.OpenStandard();
        ClientChannel extended = link.OpenExtended();
        link.Client.SetCustomMiningJob(Job(link, extended) with { ChannelId = extended.GroupChannelId });
        link.Pump();
        Assert.Equal(extended.GroupChannelId, link.ToClient.Single<SetCustomMiningJobSuccess>().ChannelId);
        MiningWork work = link.Events.CustomAccepted.Single().Work.Single();
        Assert.Same(extended, work.Channel);
        link.Submit(Found.On(work, work.Target));
        Assert.Single(link.Sink.Accepted);
        link.SayShare(Found.On(standard.Work!, standard.Target), 0, jobId: work.JobId);
        Assert.Equal(ShareRejection.UnknownJob, link.Sink.Refused.Single().Reason);
    }

    [Fact]
    [Trait("spec", "236")]
    public void Sent_to_a_standard_channel_or_a_group_of_such_it_is_an_error()
    {
        Link link = Connect();
        ClientChannel standard = link.OpenStandard();
        foreach (uint id in (uint[])[standard.Id, standard.GroupChannelId, 4711])
            link.Say(Job(link, standard) with { ChannelId = id, RequestId = id });
        Assert.Equal(3, link.ToClient.Count<SetCustomMiningJobError>());
        Assert.All(link.ToClient.All<SetCustomMiningJobError>(), error => Assert.Equal((error.RequestId, "invalid-channel-id"), (error.ChannelId, error.ErrorCode.ToString())));
    }

    [Fact]
    [Trait("spec", "239")]
    public void Two_requests_answered_out_of_order_find_their_own()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        _policy.Decide = _ => CustomJobVerdict.Pending;
        uint first = link.Client.SetCustomMiningJob(Job(link, channel, value: 1));
        uint second = link.Client.SetCustomMiningJob(Job(link, channel, value: 2));
        link.Pump();
        Assert.Equal(2, link.Server.PendingCustomJobs);
        Assert.True(link.Server.ResolveCustomJob(_policy.Requests[1].Ticket, CustomJobVerdict.Accept));
        Assert.True(link.Server.ResolveCustomJob(_policy.Requests[0].Ticket, CustomJobVerdict.Pending));
        Assert.True(link.Server.ResolveCustomJob(_policy.Requests[0].Ticket, CustomJobVerdict.Accept));
        Assert.False(link.Server.ResolveCustomJob(_policy.Requests[0].Ticket, CustomJobVerdict.Accept));
        link.Pump();

        Assert.Equal([second, first], link.Events.CustomAccepted.Select(accepted => accepted.RequestId));
        foreach ((_, IReadOnlyList<MiningWork> work) in link.Events.CustomAccepted)
            link.Submit(Found.On(work[0], work[0].Target));
        Assert.Equal(2, link.Sink.Accepted.Count);
    }

    [Fact]
    [Trait("spec", "244")]
    public void A_newer_custom_job_leaves_shares_on_the_older_one_good()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        link.Client.SetCustomMiningJob(Job(link, channel, value: 1));
        link.Client.SetCustomMiningJob(Job(link, channel, value: 2));
        link.Pump();
        MiningWork older = link.Events.CustomAccepted[0].Work[0];
        link.Submit(Found.On(older, older.Target));
        Assert.Equal(older.JobId, link.Sink.Accepted.Single().JobId);
    }

    [Fact]
    [Trait("spec", "243")]
    public void A_custom_job_on_the_block_before_is_an_error_and_a_new_block_ends_those_there_are()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        SetCustomMiningJob job = Job(link, channel);
        link.Client.SetCustomMiningJob(job);
        link.Pump();
        MiningWork work = link.Events.CustomAccepted.Single().Work.Single();
        link.Bench.NewBlock();
        link.SayShare(Found.On(work, work.Target), 0);
        Assert.Equal(ShareRejection.Stale, link.Sink.Refused.Single().Reason);
        link.Say(job);
        Assert.Equal("invalid-job-param-value-prev_hash", link.ToClient.Single<SetCustomMiningJobError>().ErrorCode.ToString());
    }

    [Fact]
    [Trait("spec", "243")]
    public void A_verdict_that_comes_after_the_next_block_is_too_late()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        _policy.Decide = _ => CustomJobVerdict.Pending;
        link.Client.SetCustomMiningJob(Job(link, channel));
        link.Pump();
        link.Bench.NewBlock();
        link.Server.ResolveCustomJob(_policy.Requests.Single().Ticket, CustomJobVerdict.Accept);
        Assert.Equal("invalid-job-param-value-prev_hash", link.ToClient.Single<SetCustomMiningJobError>().ErrorCode.ToString());
    }

    [Fact]
    [Trait("spec", "215")]
    [Trait("spec", "350")]
    public void A_custom_job_on_a_block_we_do_not_know_yet_waits_for_it()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        SetCustomMiningJob early = Job(link, channel) with { PrevHash = Templates.Tip(2).PrevHash };
        link.Client.SetCustomMiningJob(early);
        link.Client.SetCustomMiningJob(early with { PrevHash = U256.MaxValue });
        link.Pump();
        Assert.Empty(_policy.Requests);
        Assert.Equal(2, link.Server.PendingCustomJobs);

        link.Bench.Advance(TimeSpan.FromSeconds(1));
        link.Bench.NewBlock();
        link.Pump();
        Assert.Equal(early.PrevHash, link.Bench.Tip.PrevHash);
        MiningWork work = link.Events.CustomAccepted.Single().Work.Single();
        link.Submit(Found.On(work, work.Target));
        Assert.Single(link.Sink.Accepted);

        link.Bench.Advance(TimeSpan.FromSeconds(5));
        link.Pump();
        Assert.Equal("invalid-job-param-value-prev_hash", link.Events.CustomRefused.Single().Code);
        Assert.Equal(0, link.Server.PendingCustomJobs);
    }

    [Fact]
    public void Requests_that_wait_are_bounded()
    {
        Link link = Connect(new MiningServerOptions { PendingCustomJobsMax = 3 });
        ClientChannel channel = link.OpenExtended();
        _policy.Decide = _ => CustomJobVerdict.Pending;
        for (uint i = 0; i < 5; i++)
            link.Say(Job(link, channel) with { RequestId = i });
        Assert.Equal([3u, 4u], link.ToClient.All<SetCustomMiningJobError>().Select(error => error.RequestId));
        Assert.All(link.ToClient.All<SetCustomMiningJobError>(), error => Assert.Equal("too-many-pending-jobs", error.ErrorCode.ToString()));
    }

    [Fact]
    public void A_verdict_for_a_closed_channel_is_kept_to_ourselves()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        _policy.Decide = _ => CustomJobVerdict.Pending;
        link.Client.SetCustomMiningJob(Job(link, channel));
        link.Pump();
        link.Client.CloseChannel(channel);
        link.Pump();
        link.ToClient.Clear();
        Assert.True(link.Server.ResolveCustomJob(_policy.Requests.Single().Ticket, CustomJobVerdict.Accept));
        Assert.Empty(link.ToClient.Frames);
        Assert.Equal(0, link.Server.PendingCustomJobs);
    }

    [Fact]
    [Trait("spec", "245")]
    public void The_prefix_does_not_change_under_a_custom_job_that_waits_for_its_verdict()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        _policy.Decide = _ => CustomJobVerdict.Pending;
        link.Client.SetCustomMiningJob(Job(link, channel));
        link.Pump();
        Assert.False(link.Server.ChangeExtranoncePrefix(channel.Id));
        link.Server.ResolveCustomJob(_policy.Requests.Single().Ticket, CustomJobVerdict.Accept);
        Assert.True(link.Server.ChangeExtranoncePrefix(channel.Id));
        link.Pump();

        // Accepted before the change: it keeps the old prefix, and the next one has the new.
        MiningWork before = link.Events.CustomAccepted.Single().Work.Single();
        _policy.Decide = _ => CustomJobVerdict.Accept;
        link.Client.SetCustomMiningJob(Job(link, channel));
        link.Pump();
        MiningWork after = link.Events.CustomAccepted[^1].Work.Single();
        Assert.NotEqual(before.Job.ExtranoncePrefix, after.Job.ExtranoncePrefix);
        link.Submit(Found.On(before, before.Target));
        link.Submit(Found.On(after, after.Target));
        Assert.Equal(2, link.Sink.Accepted.Count);
    }

    [Fact]
    [Trait("spec", "208")]
    public void A_block_on_a_custom_job_names_the_token_and_no_template()
    {
        Bench bench = Bench.Running(customJobs: _policy, networkTarget: Templates.Easy(6));
        Link link = bench.Connect(MiningSetupFlags.RequiresWorkSelection);
        ClientChannel channel = link.OpenExtended();
        link.Client.SetCustomMiningJob(Job(link, channel));
        link.Pump();
        MiningWork work = link.Events.CustomAccepted.Single().Work.Single();
        link.Submit(Found.On(work, Templates.Easy(6)));
        BlockCandidate block = link.Sink.Blocks.Single();
        Assert.Null(block.TemplateId);
        Assert.Equal(ByteString.FromHex("aabb"), block.CustomJobToken);
    }

    [Fact]
    [Trait("spec", "244")]
    public void A_previous_hash_ends_the_clients_custom_job_only_when_it_is_another()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        link.Client.SetCustomMiningJob(Job(link, channel));
        link.Pump();
        MiningWork work = link.Events.CustomAccepted.Single().Work.Single();

        // A server may acknowledge first and tell of the very same block afterwards.
        link.Tell(new NewExtendedMiningJob
        {
            ChannelId = channel.Id,
            JobId = 901,
            MinNTime = null,
            Version = work.Version,
            VersionRollingAllowed = true,
            MerklePath = [],
            CoinbaseTxPrefix = work.Job.Extended!.CoinbasePrefix,
            CoinbaseTxSuffix = work.Job.Extended.CoinbaseSuffix,
        });
        link.Tell(new SetNewPrevHash { ChannelId = channel.Id, JobId = 901, PrevHash = work.PrevHash, MinNTime = work.MinNTime, NBits = work.NBits });
        Assert.Empty(link.Events.Violations);
        Found found = Found.On(work, work.Target);
        Assert.True(link.Client.TrySubmit(work, found.Nonce, found.NTime, found.Version, found.Extranonce, out _));

        link.Bench.NewBlock();
        link.Pump();
        Assert.False(link.Client.TrySubmit(work, found.Nonce, found.NTime, found.Version, found.Extranonce, out _));
    }

    [Fact]
    public void The_client_refuses_to_send_a_job_that_no_coinbase_can_be_made_of()
    {
        Link link = Connect();
        ClientChannel channel = link.OpenExtended();
        Assert.Throws<ArgumentException>(() => link.Client.SetCustomMiningJob(Job(link, channel) with { CoinbasePrefix = new byte[9] }));
        Assert.Throws<ArgumentException>(() => link.Client.SetCustomMiningJob(Job(link, channel) with { CoinbaseTxOutputs = ByteString.FromHex("05") }));
        Assert.Throws<ArgumentException>(() => link.Client.SetCustomMiningJob(Job(link, channel) with { ChannelId = 77 }));
        Assert.Empty(link.ToServer.Undelivered);
    }

    private Link Connect(MiningServerOptions? options = null) =>
        Bench.Running(options, customJobs: _policy).Connect(MiningSetupFlags.RequiresWorkSelection);

    private static SetCustomMiningJob Job(Link link, ClientChannel channel, ulong value = 312_500_000) => new()
    {
        ChannelId = channel.Id,
        RequestId = 0,
        MiningJobToken = ByteString.FromHex("aabb"),
        Version = Templates.BlockVersion,
        PrevHash = link.Bench.Tip.PrevHash,
        MinNTime = link.Bench.Tip.MinNTime,
        NBits = Templates.NBits,
        CoinbaseTxVersion = 2,
        CoinbasePrefix = ByteString.FromHex("03400d0c"),
        CoinbaseTxInputNSequence = 0xffff_fffe,
        CoinbaseTxOutputs = TxOutput.SerializePrefixed([new TxOutput(value, new Script(Templates.PayoutScript)), new TxOutput(0, new Script(Templates.CommitmentScript))]),
        CoinbaseTxLocktime = 853_999,
        MerklePath = (U256[])[Templates.Hash(1, 1), Templates.Hash(2, 2), Templates.Hash(3, 3)],
    };

    private sealed class TestCustomJobPolicy : ICustomJobPolicy
    {
        public List<CustomJobRequest> Requests { get; } = [];

        public Func<CustomJobRequest, CustomJobVerdict> Decide { get; set; } = _ => CustomJobVerdict.Accept;

        public CustomJobVerdict OnCustomJob(CustomJobRequest request)
        {
            Requests.Add(request);
            return Decide(request);
        }
    }
}
