using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

public sealed class JobDeclaratorTests
{
    private static readonly byte[] A = Samples.Tx(1);
    private static readonly byte[] B = Samples.Tx(2);
    private static readonly byte[] C = Samples.Tx(3);

    [Fact]
    [Trait("spec", "260")]
    public void A_token_is_asked_for_with_the_user_identifier_before_the_request_id()
    {
        DeclaratorBench bench = new();
        Assert.Equal(Convert.FromHexString("000050" + "0a0000" + "05616c696365" + "01000000"), bench.Output.ToServer[0]);
        Assert.Equal(bench.Options.TokensInStock, bench.Output.Sent<AllocateMiningJobToken>().Count);
    }

    [Fact]
    [Trait("spec", "270")]
    [Trait("spec", "272")]
    public void Coinbase_only_sets_the_job_at_once_and_shows_no_transactions()
    {
        DeclaratorBench bench = new(DeclarationMode.CoinbaseOnly);
        bench.GiveTokens();
        MinedJob job = bench.Declare(Samples.Template(transactions: [A, B]));
        Assert.Equal(JobStep.Setting, job.Step);
        SetCustomMiningJob set = bench.Output.ToPool.Single();
        Assert.Equal(new byte[] { 1 }, set.MiningJobToken.ToArray());
        Assert.Empty(bench.Output.Fetches);
        Assert.DoesNotContain(DeclareMiningJob.Info.Name, bench.Output.Names);

        bench.Acknowledge(job);
        Assert.Same(job, bench.Output.Acknowledged.Single());
        Assert.Equal(JobStep.Mining, job.Step);
    }

    [Fact]
    [Trait("spec", "273")]
    [Trait("spec", "282")]
    [Trait("spec", "394")]
    public void Full_template_declares_first_and_sets_the_job_with_the_new_token()
    {
        DeclaratorBench bench = new();
        MinedJob job = bench.DeclareWith(A, B);
        Assert.Empty(bench.Output.ToPool);
        Assert.Equal(new byte[] { 1 }, bench.Output.Sent<DeclareMiningJob>().Single().MiningJobToken.ToArray());

        bench.Accept(job, 0xaa, 0xbb);
        Assert.Equal(new byte[] { 0xaa, 0xbb }, bench.Output.ToPool.Single().MiningJobToken.ToArray());
        bench.Acknowledge(job);
        Assert.Equal(JobStep.Mining, job.Step);
        Assert.Equal(
            [DeclareMiningJob.Info.Name, SetCustomMiningJob.Info.Name],
            bench.Output.Names.Where(name => name != AllocateMiningJobToken.Info.Name));
    }

    [Fact]
    [Trait("spec", "274")]
    [Trait("spec", "395")]
    public void A_declaration_lists_wtxids_in_block_order_without_the_coinbase()
    {
        DeclaratorBench bench = new();
        MinedJob job = bench.DeclareWith(A, B, C);
        DeclareMiningJob declared = bench.Output.Sent<DeclareMiningJob>().Single();
        Transaction[] transactions = [Transaction.Parse(A), Transaction.Parse(B), Transaction.Parse(C)];
        Assert.Equal(Array.ConvertAll(transactions, transaction => transaction.Wtxid), declared.WtxidList.ToArray());
        Assert.NotEqual(transactions[0].Txid, declared.WtxidList[0]);
        Assert.Equal(job.Template.Message.MerklePath, MerklePath.OfCoinbase(Array.ConvertAll(transactions, transaction => transaction.Txid)));
    }

    [Fact]
    [Trait("spec", "201")]
    [Trait("spec", "268")]
    [Trait("spec", "275")]
    [Trait("spec", "376")]
    public void The_declared_coinbase_is_whole_and_its_outputs_are_those_of_the_custom_job()
    {
        DeclaratorBench bench = new(own: [new OwnOutput(Samples.OwnScript, 3)]);
        MinedJob job = bench.DeclareWith(A);
        DeclareMiningJob declared = bench.Output.Sent<DeclareMiningJob>().Single();
        // Marker and flag after the version, the witness before the locktime.
        Assert.Equal([0, 1], declared.CoinbaseTxPrefix.Span[4..6].ToArray());
        byte[] extranonce = new byte[Samples.Prefix.Length + 16];
        Transaction coinbase = Transaction.Parse([.. declared.CoinbaseTxPrefix.Span, .. extranonce, .. declared.CoinbaseTxSuffix.Span]);
        Assert.True(coinbase.HasWitness);

        bench.Accept(job, 9);
        SetCustomMiningJob set = bench.Output.ToPool.Single();
        Assert.True(TxOutput.TryReadPrefixed(set.CoinbaseTxOutputs.Span, out TxOutput[] outputs, out _));
        Assert.Equal(coinbase.Outputs.ToArray(), outputs);
        Assert.Equal([.. set.CoinbasePrefix.Span, .. extranonce], coinbase.Inputs[0].ScriptSig.Span.ToArray());
        Assert.Equal((coinbase.Version, coinbase.Inputs[0].Sequence, coinbase.LockTime), (set.CoinbaseTxVersion, set.CoinbaseTxInputNSequence, set.CoinbaseTxLocktime));
        Assert.Equal((job.Template.Message.Version, Samples.Tip().PrevHash, Samples.NBits, 1_800_000_000u), (set.Version, set.PrevHash, set.NBits, set.MinNTime));
        Assert.Equal(job.Template.Message.MerklePath, set.MerklePath);
    }

    [Fact]
    [Trait("spec", "277")]
    [Trait("spec", "280")]
    [Trait("spec", "323")]
    [Trait("spec", "324")]
    public void Excess_data_and_transactions_pass_through_untouched_in_the_order_asked_for()
    {
        DeclaratorBench bench = new();
        bench.GiveTokens();
        // Not even transactions: what they are is the provider's and the server's affair.
        byte[][] blobs = [[1, 2, 3], [.. A, 0xff, 0xff], [], [7]];
        MinedJob job = bench.Declare(Samples.Template());
        bench.Declarator.OnTransactions(job, Samples.Declared(blobs));
        Assert.Equal("eedd", bench.Output.Sent<DeclareMiningJob>().Single().ExcessData.ToString());

        bench.Ask(job, 3, 0, 1);
        ProvideMissingTransactionsSuccess answer = bench.Output.Sent<ProvideMissingTransactionsSuccess>().Single();
        Assert.Equal(job.DeclareRequestId, answer.RequestId);
        Assert.Equal([blobs[3], blobs[0], blobs[1]], Array.ConvertAll(answer.TransactionList.ToArray(), bytes => bytes.ToArray()));
        Assert.Equal(3, job.MissingTransactions);
    }

    [Theory]
    [Trait("spec", "279")]
    [InlineData(new ushort[] { 2 }, "position 2")]
    [InlineData(new ushort[] { 0, 0, 0 }, "more than there is")]
    public void A_server_that_asks_for_what_is_not_there_is_hung_up_on(ushort[] positions, string named)
    {
        DeclaratorBench bench = new();
        MinedJob job = bench.DeclareWith(A, B);
        bench.Ask(job, positions);
        Assert.Contains(named, bench.Output.Violations.Single());
        Assert.Empty(bench.Output.Sent<ProvideMissingTransactionsSuccess>());
    }

    [Fact]
    public void A_server_cannot_have_the_same_transactions_sent_for_ever()
    {
        DeclaratorBench bench = new();
        MinedJob job = bench.DeclareWith(A, B);
        for (int i = 0; i < 4; i++)
            bench.Ask(job, 0);
        Assert.Equal(3, bench.Output.Sent<ProvideMissingTransactionsSuccess>().Count);
        Assert.Single(bench.Output.Violations);
    }

    [Theory]
    [Trait("spec", "30")]
    [Trait("spec", "256")]
    [Trait("spec", "283")]
    [Trait("spec", "284")]
    [InlineData("invalid-mining-job-token", 0)]
    [InlineData("", 0)]
    [InlineData("words of another world", 65_535)]
    public void A_refused_declaration_is_a_fault_whatever_it_is_called(string code, int details)
    {
        DeclaratorBench bench = new();
        MinedJob job = bench.DeclareWith(A);
        bench.Refuse(job, code, new byte[details]);
        Assert.Equal(JobStep.Refused, job.Step);
        Assert.Same(job, bench.Output.Ended.Single());
        Assert.False(bench.Output.Faults.Single().HangUp);
        Assert.True(bench.Output.Faults[0].Reason.Length < 400);
    }

    [Theory]
    [Trait("spec", "30")]
    [Trait("spec", "242")]
    [InlineData("")]
    [InlineData("invalid-job-param-value-version")]
    public void A_refused_custom_job_is_a_fault_whatever_it_is_called(string code)
    {
        DeclaratorBench bench = new(DeclarationMode.CoinbaseOnly);
        bench.GiveTokens();
        MinedJob job = bench.Declare();
        bench.Declarator.OnCustomJobRefused(job.SetRequestId, code);
        Assert.Equal(JobStep.Refused, job.Step);
        Assert.Single(bench.Output.Faults);
    }

    [Fact]
    [Trait("spec", "242")]
    public void A_mute_pool_and_a_mute_server_are_faults_in_their_time()
    {
        DeclaratorBench bench = new();
        MinedJob declared = bench.DeclareWith(A);
        bench.Clock.Advance(TimeSpan.FromSeconds(9));
        bench.GiveTokens();
        bench.Declarator.Tick();
        Assert.Empty(bench.Output.Faults);
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        bench.Declarator.Tick();
        Assert.Contains("DeclareMiningJob", bench.Output.Faults.Single().Reason);
        Assert.Equal(JobStep.Refused, declared.Step);

        MinedJob set = bench.DeclareWith(B);
        bench.Accept(set, 5);
        bench.GiveTokens();
        bench.Clock.Advance(TimeSpan.FromSeconds(10));
        bench.Declarator.Tick();
        Assert.Contains("SetCustomMiningJob", bench.Output.Faults[^1].Reason);
        Assert.Equal(JobStep.Refused, set.Step);
    }

    [Fact]
    [Trait("spec", "256")]
    [Trait("spec", "259")]
    public void No_token_in_time_is_a_fault_and_the_connections_are_given_up()
    {
        DeclaratorBench bench = new();
        bench.Clock.Advance(bench.Options.TokenTimeout);
        bench.Declarator.Tick();
        Assert.True(bench.Output.Faults.Single().HangUp);
        Assert.Contains("token", bench.Output.Faults[0].Reason);
    }

    [Fact]
    [Trait("spec", "256")]
    public void Valid_shares_refused_beyond_the_limit_are_a_fault_and_stale_ones_are_not()
    {
        DeclaratorBench bench = new(DeclarationMode.CoinbaseOnly, rejectedMax: 3);
        bench.GiveTokens();
        MinedJob job = bench.Declare();
        bench.Acknowledge(job);
        for (int i = 0; i < 3; i++)
            bench.Declarator.OnShareRejected(job, "");
        Assert.Empty(bench.Output.Faults);
        bench.Declarator.OnShareRejected(job, "");
        Assert.Single(bench.Output.Faults);

        bench.Declarator.OnTip(Samples.Tip(2));
        bench.Clock.Advance(TimeSpan.FromMinutes(2));
        for (int i = 0; i < 10; i++)
            bench.Declarator.OnShareRejected(job, "stale-share");
        Assert.Single(bench.Output.Faults);
    }

    [Fact]
    [Trait("spec", "256")]
    public void A_few_refusals_among_many_accepted_shares_are_no_fault()
    {
        DeclaratorBench bench = new(DeclarationMode.CoinbaseOnly, rejectedMax: 3);
        bench.GiveTokens();
        MinedJob job = bench.Declare();
        bench.Acknowledge(job);
        bench.Declarator.OnSharesAccepted(100);
        for (int i = 0; i < 8; i++)
            bench.Declarator.OnShareRejected(job, "difficulty-too-low");
        Assert.Empty(bench.Output.Faults);
    }

    [Fact]
    [Trait("spec", "243")]
    public void A_refusal_right_after_a_new_block_is_answered_by_another_attempt_with_another_token()
    {
        DeclaratorBench bench = new();
        bench.Declarator.OnTip(Samples.Tip(2));
        bench.GiveTokens();
        MinedJob job = bench.Declare(Samples.Template(transactions: [A]), Samples.Tip(2));
        bench.Declarator.OnTransactions(job, Samples.Declared(A));
        bench.Refuse(job, "stale-chain-tip");
        Assert.Equal(JobStep.Retrying, job.Step);
        Assert.Empty(bench.Output.Faults);

        bench.GiveTokens();
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        bench.Declarator.Tick();
        Assert.Equal(JobStep.Declaring, job.Step);
        List<DeclareMiningJob> declared = bench.Output.Sent<DeclareMiningJob>();
        Assert.Equal(2, declared.Count);
        Assert.NotEqual(declared[0].MiningJobToken, declared[1].MiningJobToken);
        Assert.NotEqual(declared[0].RequestId, declared[1].RequestId);

        bench.Clock.Advance(bench.Options.TipGrace);
        bench.Refuse(job, "stale-chain-tip");
        Assert.Equal(JobStep.Refused, job.Step);
        Assert.Single(bench.Output.Faults);
    }

    [Fact]
    [Trait("spec", "243")]
    public void The_pools_own_new_block_excuses_a_refusal_too()
    {
        DeclaratorBench bench = new(DeclarationMode.CoinbaseOnly);
        bench.GiveTokens();
        MinedJob job = bench.Declare();
        bench.Declarator.OnPoolTip(Samples.Hash(2));
        bench.Declarator.OnCustomJobRefused(job.SetRequestId, "invalid-job-param-value-prev_hash");
        Assert.Equal(JobStep.Retrying, job.Step);
        Assert.Empty(bench.Output.Faults);
    }

    [Fact]
    public void A_new_tip_ends_what_is_undecided_and_late_answers_change_nothing()
    {
        DeclaratorBench bench = new();
        MinedJob job = bench.DeclareWith(A);
        uint request = job.DeclareRequestId;
        bench.Declarator.OnTip(Samples.Tip(2));
        Assert.Equal((JobStep.Dropped, "the tip changed"), (job.Step, job.Reason));
        Assert.Null(job.Transactions);

        bench.Accept(job, 1);
        bench.Refuse(job, "too late");
        bench.Ask(job, 0);
        Assert.Equal(request, job.DeclareRequestId);
        Assert.Empty(bench.Output.ToPool);
        Assert.Empty(bench.Output.Faults);
        Assert.Empty(bench.Output.Violations);
    }

    [Fact]
    public void Answers_come_in_any_order_and_find_their_jobs()
    {
        DeclaratorBench bench = new();
        MinedJob first = bench.DeclareWith(A);
        MinedJob second = bench.DeclareWith(B);
        bench.Accept(second, 2);
        bench.Accept(first, 1);
        Assert.Equal([2, 1], bench.Output.ToPool.Select(set => (int)set.MiningJobToken[0]));
        bench.Declarator.OnCustomJobRefused(second.SetRequestId, "no");
        bench.Acknowledge(first);
        Assert.Equal((JobStep.Mining, JobStep.Refused), (first.Step, second.Step));
    }

    [Fact]
    public void A_missing_token_holds_the_job_back_until_one_comes()
    {
        DeclaratorBench bench = new(DeclarationMode.CoinbaseOnly, new DeclarationOptions { TokensInStock = 1 });
        bench.GiveTokens();
        MinedJob first = bench.Declare();
        MinedJob second = bench.Declare();
        Assert.Equal((JobStep.Setting, JobStep.Preparing), (first.Step, second.Step));
        bench.GiveTokens();
        Assert.Equal(JobStep.Setting, second.Step);
        Assert.Equal(2, bench.Output.ToPool.Count);
    }

    [Fact]
    public void Of_too_many_undecided_jobs_the_oldest_is_dropped()
    {
        DeclaratorBench bench = new(options: new DeclarationOptions { TokensInStock = 8 });
        List<MinedJob> jobs = [.. Enumerable.Range(0, 5).Select(_ => bench.DeclareWith(A))];
        Assert.Equal(JobStep.Dropped, jobs[0].Step);
        Assert.Equal(4, bench.Declarator.Undecided.Count);
    }

    [Fact]
    [Trait("spec", "294")]
    public void Other_outputs_of_a_new_token_make_another_plan()
    {
        DeclaratorBench bench = new(DeclarationMode.CoinbaseOnly, new DeclarationOptions { TokensInStock = 1 });
        bench.GiveTokens();
        CoinbasePlan before = bench.Output.Plans.Single();
        MinedJob job = bench.Declare();
        bench.GiveTokens(Samples.Outputs(Samples.DataX, Samples.DataY));
        Assert.Equal(2, bench.Output.Plans.Count);
        Assert.True(bench.Declarator.Plan!.Size > before.Size);
        Assert.Equal(JobStep.Setting, job.Step);
        Assert.Equal(JobStep.Setting, bench.Declare().Step);
    }

    [Fact]
    [Trait("spec", "245")]
    public void A_job_whose_prefix_was_changed_before_it_could_be_set_is_not_set()
    {
        DeclaratorBench bench = new();
        MinedJob job = bench.DeclareWith(A);
        bench.Declarator.OnChannel(7, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 16);
        Assert.Equal(2, bench.Output.Plans.Count);
        bench.Accept(job, 9);
        Assert.Empty(bench.Output.ToPool);
        Assert.Equal(JobStep.Dropped, job.Step);
        Assert.Empty(bench.Output.Faults);
    }

    [Fact]
    [Trait("spec", "290")]
    [Trait("spec", "292")]
    public void A_solution_goes_to_the_server_before_it_has_accepted_the_job_and_again_after()
    {
        DeclaratorBench bench = new();
        MinedJob job = bench.DeclareWith(A);
        PushSolution solution = new() { Extranonce = new byte[] { 1, 2 }, PrevHash = Samples.Hash(1), Nonce = 3, NTime = 4, NBits = 5, Version = 6 };
        bench.Declarator.Push(job, solution);
        Assert.Equal(solution, bench.Output.Sent<PushSolution>().Single());
        byte[] frame = bench.Output.ToServer[^1];
        Assert.Equal(
            Convert.FromHexString("0000" + "60" + "330000" + "020102" + Samples.Hash(1) + "03000000" + "04000000" + "05000000" + "06000000"),
            frame);

        bench.Accept(job, 9);
        Assert.Equal(2, bench.Output.Sent<PushSolution>().Count);
        bench.Acknowledge(job);
        bench.Declarator.Push(job, solution);
        Assert.Equal(3, bench.Output.Sent<PushSolution>().Count);
    }

    [Fact]
    [Trait("spec", "271")]
    public void In_coinbase_only_mode_no_solution_is_pushed()
    {
        DeclaratorBench bench = new(DeclarationMode.CoinbaseOnly);
        bench.GiveTokens();
        MinedJob job = bench.Declare();
        bench.Declarator.Push(job, new PushSolution { Extranonce = default, PrevHash = default, Nonce = 0, NTime = 0, NBits = 0, Version = 0 });
        Assert.Empty(bench.Output.Sent<PushSolution>());
    }

    [Fact]
    public void A_template_provider_without_the_transactions_is_not_the_pools_fault()
    {
        DeclaratorBench bench = new();
        bench.GiveTokens();
        MinedJob job = bench.Declare(Samples.Template(transactions: [A]));
        bench.Declarator.OnTransactionsFailed(job, "stale-template-id");
        Assert.Equal(JobStep.Dropped, job.Step);
        Assert.Contains("stale-template-id", job.Reason);
        Assert.Empty(bench.Output.Faults);
    }

    [Fact]
    public void After_the_connections_are_gone_jobs_end_and_nothing_is_sent()
    {
        DeclaratorBench bench = new();
        MinedJob job = bench.DeclareWith(A);
        bench.Declarator.Close("the connection was lost");
        Assert.Equal(JobStep.Dropped, job.Step);
        int sent = bench.Output.ToServer.Count;
        MinedJob later = bench.Declare();
        bench.Clock.Advance(TimeSpan.FromHours(1));
        bench.Declarator.Tick();
        Assert.Equal(JobStep.Dropped, later.Step);
        Assert.Equal(sent, bench.Output.ToServer.Count);
        Assert.Empty(bench.Output.Faults);
    }

    [Fact]
    [Trait("spec", "274")]
    public void Wtxids_are_the_hashes_of_the_blobs_as_they_came()
    {
        DeclaredTransactions transactions = Samples.Declared([1, 2, 3], A);
        Assert.Equal([Sha256d.Hash([1, 2, 3]), Transaction.Parse(A).Wtxid], transactions.Wtxids.ToArray());
        Assert.Empty(DeclaredTransactions.Of(new TransactionData(default, default)).Wtxids.ToArray());
    }
}
