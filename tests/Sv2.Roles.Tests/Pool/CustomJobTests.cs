using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.Ledger;
using Sv2.Roles.Pool;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Tests.Pool;

/// <summary>Jobs that miners bring: which the pool commits to, and what it does with their shares and blocks.</summary>
public sealed class CustomJobTests
{
    private static readonly Script Other = Script.PayToPublicKeyHash(new byte[20]);

    [Fact]
    [Trait("spec", "282")]
    [Trait("spec", "287")]
    public async Task Shares_of_a_declared_job_are_booked_like_any_others()
    {
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync();
        CustomJob job = pool.Job();

        SetCustomMiningJobSuccess success = await pool.AcceptAsync(pool.Message(job, pool.Token(job)));
        RawWork work = pool.Work(job, success.JobId);
        for (uint i = 1; i <= 5; i++)
            pool.Miner.Send(work.ExtendedShare(i, work.NextNonce()));

        SubmitSharesSuccess acknowledged = await pool.Miner.ExpectAsync<SubmitSharesSuccess>(answer => answer.LastSequenceNumber == 5);
        Assert.Equal(5u, acknowledged.NewSubmitsAcceptedCount);
        ShareTotal total = pool.Pool.Ledger.Worker(WorkerName.Parse("alice.farm"))!;
        Assert.Equal(5, total.Shares);
        Assert.Equal(5 * (UInt128)Target.Work(pool.Channel.Target), total.Work);
        Assert.Equal(0, pool.Miner.Inbox.Count<SubmitSharesError>());
        Assert.Equal(1, Figure(pool, "customJobsAccepted"));
    }

    [Fact]
    [Trait("spec", "266")]
    [Trait("spec", "267")]
    public async Task Example_B_is_credited_by_the_part_that_the_pool_gets()
    {
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync();
        CustomJob job = pool.Job(null, new TxOutput(1_250_000_000, Other));

        SetCustomMiningJobSuccess success = await pool.AcceptAsync(pool.Message(job, pool.Token(job)));
        RawWork work = pool.Work(job, success.JobId);
        for (uint i = 1; i <= 5; i++)
            pool.Miner.Send(work.ExtendedShare(i, work.NextNonce()));
        await pool.Miner.ExpectAsync<SubmitSharesSuccess>(answer => answer.LastSequenceNumber == 5);

        UInt128 each = (UInt128)Target.Work(pool.Channel.Target) * 3_750_000_000 / 5_000_000_000;
        Assert.Equal(5 * each, pool.Pool.Ledger.Worker(WorkerName.Parse("alice.farm"))!.Work);
    }

    [Fact]
    [Trait("spec", "262")]
    [Trait("spec", "266")]
    [Trait("spec", "378")]
    public async Task Example_A_is_taken_in_coinbase_only_mode_whatever_the_order()
    {
        PoolOutputs required = PoolOutputs.Of(CustomJobHarness.Payout, Script.OpReturn("X"u8), Script.OpReturn("Y"u8));
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync();
        CustomJob job = pool.Job(required, new TxOutput(0, Script.OpReturn("Z"u8)));
        SetCustomMiningJob message = pool.Message(job, pool.Token(required: required));
        TxOutput[] outputs = job.Coinbase.Outputs.ToArray();

        await pool.AcceptAsync(message with { CoinbaseTxOutputs = TxOutput.SerializePrefixed([outputs[3], outputs[0], outputs[2], outputs[1], outputs[4]]) });
    }

    [Fact]
    [Trait("spec", "265")]
    [Trait("spec", "269")]
    [Trait("spec", "270")]
    public async Task A_coinbase_only_job_must_have_the_outputs_of_its_token_and_pay_the_pool()
    {
        PoolOutputs required = PoolOutputs.Of(CustomJobHarness.Payout, Script.OpReturn("X"u8));
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync();
        ByteString token = pool.Token(required: required);
        SetCustomMiningJob good = pool.Message(pool.Job(required), token);
        const string code = "invalid-job-param-value-coinbase_tx_outputs";

        Assert.Equal(code, await pool.RefuseAsync(With(good, new(5_000_000_000, Other), new(0, Script.OpReturn("X"u8)))));
        Assert.Equal(code, await pool.RefuseAsync(With(good, new(0, CustomJobHarness.Payout), new(5_000_000_000, Other), new(0, Script.OpReturn("X"u8)))));
        Assert.Equal(code, await pool.RefuseAsync(With(good, new TxOutput(5_000_000_000, CustomJobHarness.Payout))));
        Assert.Equal(code, await pool.RefuseAsync(With(good, new(1_000, CustomJobHarness.Payout), new(0, Script.OpReturn("X"u8)))));
        // A mistake does not cost the token.
        await pool.AcceptAsync(good);
    }

    [Fact]
    [Trait("spec", "258")]
    public async Task A_token_is_good_once_for_its_own_user_in_its_time_and_from_a_trusted_server()
    {
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync();
        using AuthorityKeyPair foreign = AuthorityKeyPair.Generate();
        CustomJob job = pool.Job();
        ByteString token = pool.Token(job);
        await pool.AcceptAsync(pool.Message(job, token));

        ByteString[] bad =
        [
            token,
            "unknown"u8.ToArray(),
            default,
            pool.Token(job, t => t with { User = TokenDigest.OfUser("bob"u8) }),
            pool.Token(job, t => t with { ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 60) }),
            pool.Token(job, t => t with { Purpose = TokenPurpose.Declaration, Job = null }),
            new TokenSigner(foreign).Sign(new MiningJobToken { Purpose = TokenPurpose.Declaration, Id = 1, ExpiresAt = DateTimeOffset.UnixEpoch.AddYears(100), User = 2 }),
        ];
        foreach (ByteString wrong in bad)
            Assert.Equal(MiningErrorCodes.InvalidMiningJobToken, await pool.RefuseAsync(pool.Message(job, wrong)));

        Assert.Null(pool.Miner.Connection.Reason);
        Assert.Equal(bad.Length, Figure(pool, "customJobsRefused"));
        Assert.Contains("was used before", (await pool.Pool.Events.ExpectAsync(DeclarationEvents.Declaration)).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "268")]
    [Trait("spec", "282")]
    public async Task A_job_that_is_not_the_declared_one_is_refused_by_the_field_that_differs()
    {
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync();
        CustomJob job = pool.Job(null, new TxOutput(7, Other));
        ByteString token = pool.Token(job);
        SetCustomMiningJob good = pool.Message(job, token);
        TxOutput[] outputs = job.Coinbase.Outputs.ToArray();

        Assert.Equal("invalid-job-param-value-coinbase_tx_outputs", await pool.RefuseAsync(With(good, outputs[1], outputs[0], outputs[2])));
        Assert.Equal("invalid-job-param-value-merkle_path", await pool.RefuseAsync(good with { MerklePath = [U256.MaxValue] }));
        Assert.Equal("invalid-job-param-value-coinbase_tx_locktime", await pool.RefuseAsync(good with { CoinbaseTxLocktime = 0 }));
        Assert.Equal("invalid-job-param-value-coinbase_tx_input_nSequence", await pool.RefuseAsync(good with { CoinbaseTxInputNSequence = 0 }));
        Assert.Equal("invalid-job-param-value-coinbase_tx_version", await pool.RefuseAsync(good with { CoinbaseTxVersion = 1 }));
        Assert.Equal("invalid-job-param-value-coinbase_prefix", await pool.RefuseAsync(good with { CoinbasePrefix = (byte[])[1, 99] }));
        Assert.Equal("invalid-job-param-value-version", await pool.RefuseAsync(good with { Version = good.Version + 1 }));
        await pool.AcceptAsync(good);
    }

    [Fact]
    public async Task A_job_for_another_height_is_refused()
    {
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync();
        SetCustomMiningJob message = pool.Message(pool.Job(), pool.Token());

        Assert.Equal("invalid-job-param-value-coinbase_prefix", await pool.RefuseAsync(message with { CoinbasePrefix = CoinbaseRules.HeightPush(pool.Pool.Provider.Height + 1) }));
    }

    [Fact]
    public async Task A_stale_tip_is_an_error_that_costs_neither_connection_nor_token()
    {
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync();
        CustomJob job = pool.Job();
        SetCustomMiningJob message = pool.Message(job, pool.Token());
        await pool.MoveTipAsync();

        Assert.Equal("invalid-job-param-value-prev_hash", await pool.RefuseAsync(message));

        CustomJob fresh = pool.Job();
        await pool.AcceptAsync(pool.Message(fresh, message.MiningJobToken));
    }

    [Fact]
    public async Task Coinbase_only_jobs_can_be_refused_as_such()
    {
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync(options => options with { CoinbaseOnly = false });
        CustomJob job = pool.Job();

        Assert.Equal(MiningErrorCodes.InvalidMiningJobToken, await pool.RefuseAsync(pool.Message(job, pool.Token())));
        await pool.AcceptAsync(pool.Message(job, pool.Token(job)));
    }

    [Fact]
    public async Task A_declarator_server_elsewhere_is_trusted_by_its_key()
    {
        using AuthorityKeyPair key = AuthorityKeyPair.Generate();
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync(key: key);
        CustomJob job = pool.Job();

        await pool.AcceptAsync(pool.Message(job, pool.Token(job)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "388")]
    public async Task Work_selection_is_offered_only_where_it_is_wanted(bool enabled)
    {
        await using PoolHarness pool = await PoolHarness.StartAsync(o => o with { JobDeclaration = new JobDeclarationOptions { Enabled = enabled } });

        (Sv2.Transport.Sv2Connection connection, SetupResult setup) = await RawMiner.TryConnectAsync(pool.Address, (uint)MiningSetupFlags.RequiresWorkSelection);
        await using (connection)
        {
            Assert.Equal(enabled, setup.Succeeded);
            if (!enabled) Assert.Equal((uint)MiningSetupFlags.RequiresWorkSelection, setup.Failure!.UnsupportedFlags);
        }
    }

    [Fact]
    [Trait("spec", "296")]
    public async Task A_request_for_a_token_on_a_mining_connection_is_not_heard()
    {
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync();

        pool.Miner.Send(new AllocateMiningJobToken { UserIdentifier = "alice", RequestId = 1 });

        CustomJob job = pool.Job();
        await pool.AcceptAsync(pool.Message(job, pool.Token(job)));
        Assert.Equal(0, pool.Miner.Inbox.Count<AllocateMiningJobTokenSuccess>());
    }

    [Fact]
    [Trait("spec", "287")]
    public async Task A_block_of_a_custom_job_is_followed_by_the_tip_alone()
    {
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync(nbits: FakeTemplateProvider.EasyNBits);
        CustomJob job = pool.Job();
        SetCustomMiningJobSuccess success = await pool.AcceptAsync(pool.Message(job, pool.Token(job)));
        RawWork work = pool.Work(job, success.JobId);
        U256 network = new CompactTarget(FakeTemplateProvider.EasyNBits).ToTarget();
        (uint won, uint lost) = (work.NextNonce(network), work.NextNonce(network));
        pool.Miner.Send(work.ExtendedShare(1, won));
        pool.Miner.Send(work.ExtendedShare(2, lost));
        string winner = work.Header(won).Hash().ToDisplayString();
        string loser = work.Header(lost).Hash().ToDisplayString();
        await pool.Pool.Events.ExpectAsync(RoleEventTypes.Block, (message, _) => message.Contains(winner, StringComparison.Ordinal));
        await pool.Pool.Events.ExpectAsync(RoleEventTypes.Block, (message, _) => message.Contains(loser, StringComparison.Ordinal));

        pool.Pool.Provider.SendTip(work.Header(won).Hash());

        await pool.Pool.Events.ExpectAsync(RoleEventTypes.Block, (message, data) => message.Contains(winner, StringComparison.Ordinal) && data is BlockInfo { State: BlockState.Accepted });
        await pool.Pool.Events.ExpectAsync(RoleEventTypes.Block, (message, data) => message.Contains(loser, StringComparison.Ordinal) && data is BlockInfo { State: BlockState.Orphaned });
        Assert.Equal(0, pool.Pool.Provider.Inbox.Count<Protocol.TemplateDistribution.SubmitSolution>());
    }

    [Fact]
    public void A_key_that_is_none_is_named()
    {
        PoolOptions options = new PoolKind().Example with { JobDeclaration = new JobDeclarationOptions { Enabled = true, TokenKeys = ["nothing"] } };

        ConfigurationProblem problem = Assert.Single(new PoolKind().Validate(options));

        Assert.Equal("jobDeclaration.tokenKeys[0]", problem.Key);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "258")]
    public async Task A_token_replayed_after_a_restart_of_the_pool_is_refused(bool declared)
    {
        await using CustomJobHarness pool = await CustomJobHarness.StartAsync();
        CustomJob job = pool.Job();
        ByteString used = pool.Token(declared ? job : null);
        ByteString unused = pool.Token(declared ? job : null);
        await pool.AcceptAsync(pool.Message(job, used));

        await pool.RestartAsync();

        Assert.Equal(MiningErrorCodes.InvalidMiningJobToken, await pool.RefuseAsync(pool.Message(job, used)));
        Assert.Contains("was used before", (await pool.Pool.Events.ExpectAsync(DeclarationEvents.Declaration)).Message, StringComparison.Ordinal);
        await pool.AcceptAsync(pool.Message(job, unused));
    }

    private static double Figure(CustomJobHarness pool, string name) => pool.Pool.Role.Report().Figures.Single(figure => figure.Name == name).Value;

    private static SetCustomMiningJob With(in SetCustomMiningJob message, params TxOutput[] outputs) => message with { CoinbaseTxOutputs = TxOutput.SerializePrefixed(outputs) };
}
