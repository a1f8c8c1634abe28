using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Roles.Ledger;
using Sv2.Transport;

namespace Sv2.Roles.Tests.Pool;

/// <summary>Opening channels, getting work, and shares from verdict to acknowledgement, over real sockets.</summary>
public sealed class PoolMiningTests
{
    [Fact]
    [Trait("spec", "151"), Trait("spec", "182"), Trait("spec", "183"), Trait("spec", "187")]
    public async Task A_standard_channel_gets_a_future_job_and_its_prev_hash_and_its_share_is_on_disk_when_acknowledged()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenStandardAsync("alice.rig"));
        Assert.Equal(pool.Provider.PrevHash, work.PrevHash);

        miner.Send(work.Standard(sequence: 7, work.NextNonce()));
        SubmitSharesSuccess success = await miner.ExpectAsync<SubmitSharesSuccess>();

        Assert.Equal((work.ChannelId, 7u, 1u), (success.ChannelId, success.LastSequenceNumber, success.NewSubmitsAcceptedCount));
        ShareTotal booked = Assert.Single(pool.Ledger.Workers());
        Assert.Equal(("alice", "rig", 1L), (booked.Account, booked.Worker, booked.Shares));
        Assert.Equal(success.NewSharesSum, (ulong)booked.Difficulty);
    }

    [Fact]
    [Trait("spec", "143"), Trait("spec", "166"), Trait("spec", "198"), Trait("spec", "311")]
    public async Task An_extended_channel_gets_a_coinbase_that_parses_pays_the_pool_and_takes_its_share()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync("alice", minExtranonceSize: 10);
        Assert.InRange(channel.ExtranonceSize, 10, 32);
        RawWork work = await miner.FirstWorkAsync(channel);

        Transaction coinbase = Transaction.Parse(work.Coinbase);
        Assert.Equal(Address.Parse(PoolHarness.PayoutAddress, Network.Regtest), coinbase.Outputs[0].Script);
        Assert.True(WitnessCommitment.IsCommitment(coinbase.Outputs[^1].Script));
        Assert.Contains("/test/", System.Text.Encoding.Latin1.GetString(coinbase.Inputs[0].ScriptSig.Span), StringComparison.Ordinal);

        miner.Send(work.ExtendedShare(1, work.NextNonce()));
        Assert.Equal(1u, (await miner.ExpectAsync<SubmitSharesSuccess>()).LastSequenceNumber);
    }

    [Fact]
    [Trait("spec", "210"), Trait("spec", "211"), Trait("spec", "339")]
    public async Task Shares_are_acknowledged_in_batches_whose_counts_add_up()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenStandardAsync());
        const uint Count = 23;
        for (uint sequence = 1; sequence <= Count; sequence++) miner.Send(work.Standard(sequence, work.NextNonce()));

        uint acknowledged = 0;
        ulong sum = 0;
        while (acknowledged < Count)
        {
            SubmitSharesSuccess success = await miner.ExpectAsync<SubmitSharesSuccess>();
            acknowledged += success.NewSubmitsAcceptedCount;
            sum += success.NewSharesSum;
            Assert.Equal(acknowledged, success.LastSequenceNumber);
        }

        ShareTotal booked = Assert.Single(pool.Ledger.Workers());
        Assert.Equal((Count, sum), ((uint)booked.Shares, (ulong)booked.Difficulty));
    }

    [Fact]
    [Trait("spec", "214")]
    public async Task Shares_that_come_in_one_read_are_judged_in_their_order_each_by_itself()
    {
        const uint Count = 100;
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync(0, 0x0002);
        RawWork first = await miner.FirstWorkAsync(await miner.OpenExtendedAsync("alice.one"));
        RawWork second = await miner.FirstWorkAsync(await miner.OpenExtendedAsync("alice.two"));
        uint[] bad = [3, 4, 50, 99];
        using (miner.Connection.BeginBatch())
        {
            for (uint sequence = 1; sequence <= Count; sequence++)
            {
                RawWork work = sequence % 7 < 4 ? first : second;
                SubmitSharesExtended share = work.ExtendedShare(sequence, work.NextNonce());
                miner.Send(bad.Contains(sequence) ? share with { JobId = 9_999 } : share, sequence % 10 == 0 ? Name("rack") : default);
            }
        }

        foreach (uint sequence in bad)
            Assert.Equal(sequence, (await miner.ExpectAsync<SubmitSharesError>()).SequenceNumber);
        uint acknowledged = 0;
        while (acknowledged < Count - bad.Length) acknowledged += (await miner.ExpectAsync<SubmitSharesSuccess>()).NewSubmitsAcceptedCount;
        Assert.Equal(Count - bad.Length, pool.Ledger.TotalShares());
        Assert.Equal(9, pool.Ledger.Workers().Single(worker => worker.Worker == "rack").Shares);
    }

    [Fact]
    [Trait("spec", "147"), Trait("spec", "202"), Trait("spec", "207"), Trait("spec", "214"), Trait("spec", "216")]
    public async Task Bad_shares_are_refused_at_once_with_their_code_and_never_booked()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenStandardAsync());
        uint good = work.NextNonce();
        SubmitSharesStandard share = work.Standard(1, good);

        Assert.Equal("invalid-channel-id", await RefusedAsync(miner, share with { ChannelId = 4_711, SequenceNumber = 10 }));
        Assert.Equal("invalid-job-id", await RefusedAsync(miner, share with { JobId = 4_711, SequenceNumber = 11 }));
        Assert.Equal("invalid-non-rollable-version-bit", await RefusedAsync(miner, share with { Version = work.Version ^ 1, SequenceNumber = 12 }));
        Assert.Equal("invalid-share", await RefusedAsync(miner, share with { NTime = work.NTime - 1, SequenceNumber = 13 }));
        Assert.Equal("difficulty-too-low", await RefusedAsync(miner, work.Standard(14, work.NextNonce(meets: false))));

        miner.Send(share);
        await miner.ExpectAsync<SubmitSharesSuccess>();
        Assert.Equal("duplicate-share", await RefusedAsync(miner, share with { SequenceNumber = 15 }));
        Assert.Equal(1, pool.Ledger.TotalShares());

        WorkerInfo shown = Assert.Single((await pool.Role.ListWorkersAsync(ListQuery.First, CancellationToken.None)).Items);
        Assert.Equal((1L, 1L), (shown.SharesAccepted, shown.Rejections["duplicate-share"]));
        Assert.Equal(1, shown.Rejections["invalid-job-id"]);
    }

    [Fact]
    [Trait("spec", "190"), Trait("spec", "191"), Trait("spec", "192")]
    public async Task A_new_tip_reaches_the_group_once_and_retires_the_old_job()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess first = await miner.OpenExtendedAsync("alice.1");
        OpenExtendedMiningChannelSuccess second = await miner.OpenExtendedAsync("alice.2");
        Assert.Equal(first.GroupChannelId, second.GroupChannelId);
        RawWork old = await miner.FirstWorkAsync(first);
        await miner.FirstWorkAsync(second);

        await pool.MoveTipAsync();
        NewExtendedMiningJob job = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == first.GroupChannelId);
        SetNewPrevHash tip = await miner.ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == first.GroupChannelId);
        Assert.Equal((job.JobId, pool.Provider.PrevHash), (tip.JobId, tip.PrevHash));
        Assert.Equal((0, 0), (miner.Inbox.Count<NewExtendedMiningJob>(), miner.Inbox.Count<SetNewPrevHash>()));

        miner.Send(old.ExtendedShare(1, old.NextNonce()));
        Assert.Equal("stale-share", (await miner.ExpectAsync<SubmitSharesError>()).ErrorCode.ToString());

        RawWork work = RawMiner.Extended(job, second, tip.PrevHash, tip.MinNTime, tip.NBits);
        miner.Send(work.ExtendedShare(2, work.NextNonce()));
        Assert.Equal(second.ChannelId, (await miner.ExpectAsync<SubmitSharesSuccess>()).ChannelId);
    }

    [Fact]
    [Trait("spec", "186"), Trait("spec", "244")]
    public async Task A_better_template_on_the_same_tip_brings_a_job_and_leaves_the_last_one_good()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        RawWork old = await miner.FirstWorkAsync(channel);

        pool.Provider.SendTemplate();
        NewExtendedMiningJob job = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == channel.GroupChannelId);
        Assert.NotNull(job.MinNTime);
        RawWork work = RawMiner.Extended(job, channel, old.PrevHash, job.MinNTime.Value, old.NBits);
        miner.Send(old.ExtendedShare(1, old.NextNonce()));
        miner.Send(work.ExtendedShare(2, work.NextNonce()));
        uint acknowledged = 0;
        while (acknowledged < 2) acknowledged += (await miner.ExpectAsync<SubmitSharesSuccess>()).NewSubmitsAcceptedCount;
    }

    [Fact]
    [Trait("spec", "183"), Trait("spec", "187"), Trait("spec", "381")]
    public async Task A_late_joiner_gets_the_future_job_before_the_prev_hash_that_names_it()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner early = await pool.ConnectAsync();
        await early.FirstWorkAsync(await early.OpenExtendedAsync());

        pool.Provider.SendTemplate();
        pool.Provider.SendTemplate(future: true);
        await early.ExpectAsync<NewExtendedMiningJob>(job => job.MinNTime is not null);
        await early.ExpectAsync<NewExtendedMiningJob>(job => job.MinNTime is null);

        await using RawMiner late = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await late.OpenExtendedAsync("late");
        RawWork work = await late.FirstWorkAsync(channel);
        late.Send(work.ExtendedShare(1, work.NextNonce()));
        await late.ExpectAsync<SubmitSharesSuccess>();

        // The future job that waits was given to it too.
        await late.ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == channel.ChannelId && job.MinNTime is null);
    }

    [Fact]
    [Trait("spec", "126"), Trait("spec", "227")]
    public async Task A_connection_that_requires_standard_jobs_gets_nothing_else()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync(MiningSetupFlags.RequiresStandardJobs);
        OpenStandardMiningChannelSuccess channel = await miner.OpenStandardAsync();
        await miner.FirstWorkAsync(channel);
        await pool.MoveTipAsync();
        NewMiningJob job = await miner.ExpectAsync<NewMiningJob>(job => job.ChannelId == channel.ChannelId);
        SetNewPrevHash tip = await miner.ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == channel.ChannelId && tip.JobId == job.JobId);
        Assert.Equal(pool.Provider.PrevHash, tip.PrevHash);
        Assert.Equal((0, 0), (miner.Inbox.Count<NewExtendedMiningJob>(), miner.Inbox.Count<SetGroupChannel>()));
    }

    [Theory]
    [InlineData(Subprotocol.Mining, 2u, "unsupported-feature-flags", 2u)]
    [InlineData(Subprotocol.Mining, uint.MaxValue, "unsupported-feature-flags", 0xffff_fffau)]
    [InlineData(Subprotocol.TemplateDistribution, 0u, "unsupported-protocol", 0u)]
    [InlineData(Subprotocol.JobDeclaration, 1u, "unsupported-protocol", 0u)]
    [Trait("spec", "113"), Trait("spec", "116"), Trait("spec", "127")]
    public async Task Setup_refuses_what_the_pool_does_not_serve_and_names_all_of_it(Subprotocol protocol, uint flags, string code, uint unsupported)
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        (Sv2Connection connection, Transport.Setup.SetupResult setup) = await RawMiner.TryConnectAsync(pool.Address, flags, protocol);
        await using (connection)
        {
            Assert.Equal((code, unsupported), (setup.Failure!.ErrorCode, setup.Failure.UnsupportedFlags));
        }
    }

    [Fact]
    [Trait("spec", "129"), Trait("spec", "130"), Trait("spec", "131")]
    public async Task A_pool_without_version_rolling_or_standard_channels_says_so_and_keeps_to_it()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { VersionRolling = false, StandardChannels = false });
        (Sv2Connection refused, Transport.Setup.SetupResult setup) = await RawMiner.TryConnectAsync(pool.Address, (uint)MiningSetupFlags.RequiresVersionRolling);
        await using (refused) Assert.Equal((uint)MiningSetupFlags.RequiresVersionRolling, setup.Failure!.UnsupportedFlags);

        await using RawMiner miner = await pool.ConnectAsync();
        Assert.Equal((uint)(MiningSetupSuccessFlags.RequiresFixedVersion | MiningSetupSuccessFlags.RequiresExtendedChannels), miner.Setup.ServerFlags);
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        NewExtendedMiningJob job = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == channel.ChannelId);
        Assert.False(job.VersionRollingAllowed);
        miner.Send(new OpenStandardMiningChannel { RequestId = 99, UserIdentity = "a", NominalHashRate = 1, MaxTarget = U256.MaxValue });
        Assert.Equal(99u, (await miner.ExpectAsync<OpenMiningChannelError>()).RequestId);
    }

    [Fact]
    [Trait("spec", "128")]
    public async Task A_miner_that_requires_version_rolling_gets_only_jobs_that_allow_it()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync(MiningSetupFlags.RequiresVersionRolling);
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        NewExtendedMiningJob job = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == channel.ChannelId || job.ChannelId == channel.GroupChannelId);
        Assert.True(job.VersionRollingAllowed);
    }

    [Fact]
    [Trait("spec", "54"), Trait("spec", "53")]
    public async Task A_share_that_names_its_worker_is_counted_for_it_and_too_long_a_name_is_refused()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync(0, 0x0002);
        Assert.Contains((ushort)0x0002, miner.Setup.Extensions.List);
        RawWork work = await miner.FirstWorkAsync(await miner.OpenExtendedAsync("farm.proxy"));

        miner.Send(work.ExtendedShare(1, work.NextNonce()), Name("rack7"));
        miner.Send(work.ExtendedShare(2, work.NextNonce()), Name("rack7"));
        miner.Send(work.ExtendedShare(3, work.NextNonce()), Name(new string('x', 33)));
        Assert.Equal(3u, (await miner.ExpectAsync<SubmitSharesError>()).SequenceNumber);
        miner.Send(work.ExtendedShare(4, work.NextNonce()));
        uint acknowledged = 0;
        while (acknowledged < 3) acknowledged += (await miner.ExpectAsync<SubmitSharesSuccess>()).NewSubmitsAcceptedCount;

        Assert.Equal([("proxy", 1L), ("rack7", 2L)], pool.Ledger.Workers().Select(worker => (worker.Worker, worker.Shares)).Order());
        Assert.All(pool.Ledger.Workers(), worker => Assert.Equal("farm", worker.Account));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "73")]
    public async Task A_channel_that_names_many_workers_is_given_shares_enough_to_hear_each_of_them(bool names)
    {
        const uint Workers = 20;
        var clock = new SteppedClock();
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { ShareInterval = TimeSpan.FromSeconds(6) }, time: clock);
        await using RawMiner miner = await pool.ConnectAsync(0, 0x0002);
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync("farm.proxy");
        RawWork work = await miner.FirstWorkAsync(channel);
        // Each worker finds one share in six seconds, so the channel twenty.
        for (uint i = 1; i <= Workers; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(6.0 / Workers));
            miner.Send(work.ExtendedShare(i, work.NextNonce()), Name(names ? $"rack{i}" : "rack1"));
            // Judged before the clock moves on: a refusal comes in order.
            miner.Send(work.ExtendedShare(1_000 + i, 0) with { JobId = 9_999 });
            await miner.ExpectAsync<SubmitSharesError>(error => error.SequenceNumber == 1_000 + i);
        }

        List<SetTarget> targets = miner.Inbox.TakeAll<SetTarget>();
        if (names) Assert.Empty(targets);
        else Assert.All(targets.Take(1), target => Assert.True(target.MaximumTarget < channel.Target));
        Assert.Equal(!names, targets.Count > 0);
    }

    [Fact]
    [Trait("spec", "25"), Trait("spec", "72"), Trait("spec", "370")]
    public async Task A_name_that_was_not_negotiated_is_ignored_and_the_share_counts()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenExtendedAsync("farm.proxy"));
        miner.Send(work.ExtendedShare(1, work.NextNonce()), Name(new string('x', 33)));
        await miner.ExpectAsync<SubmitSharesSuccess>();
        Assert.Equal("proxy", Assert.Single(pool.Ledger.Workers()).Worker);
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xfe })]
    [InlineData(new byte[] { (byte)'a', 0x1b, (byte)'b' })]
    [Trait("spec", "158")]
    public async Task An_identity_that_is_no_readable_text_is_refused(byte[] identity)
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        miner.Send(new OpenStandardMiningChannel { RequestId = 5, UserIdentity = Text.CopyOf(identity), NominalHashRate = 1, MaxTarget = U256.MaxValue });
        OpenMiningChannelError error = await miner.ExpectAsync<OpenMiningChannelError>();
        Assert.Equal((5u, "unknown-user"), (error.RequestId, error.ErrorCode.ToString()));
    }

    [Fact]
    [Trait("spec", "173"), Trait("spec", "177")]
    public async Task A_closed_channel_hears_nothing_more_and_its_shares_are_refused()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        RawWork work = await miner.FirstWorkAsync(channel);
        Assert.Single((await pool.Role.ListChannelsAsync(ListQuery.First, CancellationToken.None)).Items);

        miner.Send(new CloseChannel { ChannelId = channel.ChannelId, ReasonCode = "done" });
        miner.Send(work.ExtendedShare(1, work.NextNonce()));
        Assert.Equal("invalid-channel-id", (await miner.ExpectAsync<SubmitSharesError>()).ErrorCode.ToString());
        Assert.Empty((await pool.Role.ListChannelsAsync(ListQuery.First, CancellationToken.None)).Items);
        await pool.Events.ExpectAsync(RoleEventTypes.WorkerOffline);
    }

    private static async Task<string> RefusedAsync(RawMiner miner, SubmitSharesStandard share)
    {
        miner.Send(share);
        return (await miner.ExpectAsync<SubmitSharesError>(error => error.SequenceNumber == share.SequenceNumber)).ErrorCode.ToString();
    }

    private static byte[] Name(string name)
    {
        byte[] value = System.Text.Encoding.UTF8.GetBytes(name);
        byte[] bytes = new byte[Tlv.HeaderSize + value.Length];
        var writer = new TlvWriter(bytes);
        writer.Write(0x0002, 0x01, value);
        return bytes;
    }
}
