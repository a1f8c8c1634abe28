using System.Text;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.JobDeclaratorServer;
using Sv2.Roles.TemplateProvider;

namespace Sv2.Roles.Tests.JobDeclaratorServer;

/// <summary>Declarations: which are accepted, what is asked for on the way, and how each refusal reads.</summary>
public sealed class DeclarationTests
{
    [Fact]
    [Trait("spec", "254")]
    [Trait("spec", "274")]
    [Trait("spec", "282")]
    public async Task A_job_of_the_nodes_own_mempool_is_accepted_without_a_question()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 8);
        await using RawDeclarator client = await server.ConnectAsync();
        Transaction[] transactions = [.. server.View.Candidates.Select(candidate => Transaction.Parse(candidate.Data.Span))];
        RawJob job = await client.PrepareAsync(server.View, transactions, server.View.Candidates.Sum(candidate => candidate.Fee));

        DeclareMiningJobSuccess success = await client.DeclareAsync(job, providesMissing: false);

        Assert.Equal(0, client.Inbox.Count<ProvideMissingTransactions>());
        Assert.NotEqual(job.Message.MiningJobToken, success.NewMiningJobToken);
        Assert.True(new TokenVerifier([server.Role.TokenKey!]).TryVerify(success.NewMiningJobToken.Span, TimeProvider.System.GetUtcNow(), out MiningJobToken? token, out string? error), error);
        Assert.Equal(TokenPurpose.DeclaredJob, token.Purpose);
        SetCustomMiningJob custom = job.Job.ToSetCustomMiningJob(1, 1, success.NewMiningJobToken, server.View.TipHash, server.View.MinTime, server.View.NBits);
        Assert.Null(token.Job!.FindDifference(custom));
        DeclarationInfo info = Assert.Single(server.Declarations);
        Assert.Equal((DeclarationState.Accepted, 8, 0, "alice"), (info.State, info.TransactionCount, info.MissingTransactions, info.UserIdentifier));
        Assert.Equal(server.View.TipHash.ToDisplayString(), info.PrevHash);
    }

    [Fact]
    [Trait("spec", "279")]
    [Trait("spec", "280")]
    [Trait("spec", "395")]
    public async Task Only_unknown_transactions_are_asked_for_by_their_positions()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 3);
        await using RawDeclarator client = await server.ConnectAsync();
        Transaction[] known = [.. server.View.Candidates.Select(candidate => Transaction.Parse(candidate.Data.Span))];
        Transaction[] unknown = server.MakeTransactions(3);
        RawJob job = await client.PrepareAsync(server.View, [unknown[0], known[0], unknown[1], known[1], known[2], unknown[2]], 0);

        client.Send(job.Message);
        ProvideMissingTransactions request = await client.ExpectAsync<ProvideMissingTransactions>();
        Assert.Equal([0, 2, 5], request.UnknownTxPositionList.ToArray());
        Assert.Equal(7u, request.RequestId);
        Assert.Equal(DeclarationState.AwaitingTransactions, server.Declarations[0].State);
        client.Provide(job, request);
        await client.ExpectAsync<DeclareMiningJobSuccess>();

        // What the client has provided once is not asked for again.
        RawJob next = await client.PrepareAsync(server.View, [unknown[0], known[0], unknown[2]], 0, requestId: 8);
        await client.DeclareAsync(next, providesMissing: false);
        Assert.Equal(0, client.Inbox.Count<ProvideMissingTransactions>());
        Assert.Equal(3, server.Declarations[1].MissingTransactions);
    }

    [Fact]
    [Trait("spec", "278")]
    public async Task Of_an_empty_mempool_everything_is_asked_for()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, server.MakeTransactions(5), 0);

        client.Send(job.Message);

        Assert.Equal([0, 1, 2, 3, 4], (await client.ExpectAsync<ProvideMissingTransactions>()).UnknownTxPositionList.ToArray());
    }

    [Fact]
    [Trait("spec", "266")]
    [Trait("spec", "378")]
    public async Task Examples_A_and_B_of_the_output_rules_are_accepted()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await using RawDeclarator client = await server.ConnectAsync();
        Script own = Script.PayToPublicKeyHash(new byte[20]);
        RawJob a = await client.PrepareAsync(server.View, [], 0, 1, (pool, revenue) =>
            [new(0, Script.OpReturn("Z"u8)), new(0, DeclaratorHarness.TagX), new(revenue, pool.Payout), new(0, Script.OpReturn("W"u8))]);
        RawJob b = await client.PrepareAsync(server.View, [], 0, 2, (pool, revenue) =>
            [new(3_000, own), new(revenue - 3_000, pool.Payout), new(0, DeclaratorHarness.TagX)]);

        await client.DeclareAsync(a, providesMissing: false);
        await client.DeclareAsync(b, providesMissing: false);

        Assert.Equal([server.View.Subsidy - 3_000, server.View.Subsidy], server.Declarations.Select(info => info.PoolValueSats!.Value));
    }

    public static TheoryData<string, string, string> Faults => new()
    {
        { "no payout", "invalid-job-param-value-coinbase_tx_suffix", "payout output is missing" },
        { "payout of nothing", "invalid-job-param-value-coinbase_tx_suffix", "payout output gets no value" },
        { "pool's output dropped", "invalid-job-param-value-coinbase_tx_suffix", "output 1 of those that the pool asked for is missing" },
        { "too much", "invalid-job-param-value-coinbase_tx_suffix", "bad-cb-amount" },
        { "stripped", "invalid-job-param-value-coinbase_tx_suffix", "BIP 141" },
        { "wrong commitment", "invalid-job-param-value-coinbase_tx_suffix", "witness commitment" },
        { "no height", "invalid-job-param-value-coinbase_tx_prefix", "BIP 34" },
        { "cut short", "invalid-job-param-value-coinbase_tx_prefix", "end before the scriptSig" },
        { "old version", "invalid-job-param-value-version", "below 4" },
        { "transaction twice", "invalid-job-param-value-wtxid_list", "twice" },
        { "too many", "invalid-job-param-value-wtxid_list", "more than any block has" },
        { "double spend", "invalid-job-param-value-wtxid_list", "bad-txns-inputs-missingorspent" },
        { "height gone by", "stale-chain-tip", "the next block is" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    [Trait("spec", "265")]
    [Trait("spec", "269")]
    [Trait("spec", "275")]
    [Trait("spec", "297")]
    [Trait("spec", "32")]
    public async Task Each_fault_is_refused_by_its_name_and_costs_nothing_else(string fault, string code, string details)
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await server.MineElsewhereAsync();
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob good = await client.PrepareAsync(server.View, [], 0, requestId: 1);

        (RawJob job, DeclareMiningJob message) = await SpoilAsync(server, client, fault);
        client.Send(message);
        if (fault == "double spend")
            client.Provide(job, await client.ExpectAsync<ProvideMissingTransactions>());

        DeclareMiningJobError error = await client.ExpectErrorAsync();
        Assert.Equal(code, error.ErrorCode.ToString());
        Assert.Contains(details, Encoding.UTF8.GetString(error.ErrorDetails.Span), StringComparison.Ordinal);
        Assert.Matches("^[\x20-\x7e]+$", error.ErrorCode.ToString());
        await client.DeclareAsync(good, providesMissing: false);
    }

    [Fact]
    public async Task A_job_for_the_block_after_the_next_waits_until_the_node_has_seen_the_next()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View with { Height = server.View.Height + 1 }, [], 0);

        client.Send(job.Message);
        await DeclaratorHarness.UntilAsync(() => server.Declarations.Count == 1, "the declaration was taken");
        await server.MineElsewhereAsync();

        await client.ExpectAsync<DeclareMiningJobSuccess>();
    }

    [Fact]
    public async Task A_job_for_a_block_that_does_not_come_is_stale_and_the_connection_stays()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { Limits = options.Limits with { UnknownTip = TimeSpan.FromMilliseconds(50) } });
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View with { Height = server.View.Height + 5 }, [], 0);

        client.Send(job.Message);

        Assert.Equal(DeclarationErrorCodes.StaleChainTip, (await client.ExpectErrorAsync()).ErrorCode.ToString());
        Assert.Equal(DeclarationState.Dropped, server.Declarations[0].State);
        await client.AllocateAsync();
    }

    [Fact]
    public async Task A_tip_that_comes_while_transactions_are_awaited_makes_the_job_stale()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, server.MakeTransactions(2), 0);
        client.Send(job.Message);
        ProvideMissingTransactions request = await client.ExpectAsync<ProvideMissingTransactions>();

        await server.MineElsewhereAsync();

        Assert.Equal(DeclarationErrorCodes.StaleChainTip, (await client.ExpectErrorAsync()).ErrorCode.ToString());
        client.Provide(job, request);
        RawJob next = await client.PrepareAsync(server.View, [], 0);
        await client.DeclareAsync(next, providesMissing: false);
        Assert.Equal(1, server.Figure("transactionAnswersIgnored"));
        Assert.Equal(0, server.Figure("providedBytes"));
    }

    [Fact]
    public async Task Without_a_node_declarations_are_refused_until_it_is_back()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob first = await client.PrepareAsync(server.View, [], 0);
        server.ShutNodeOut();
        await server.Events.ExpectAsync(RoleEventTypes.Upstream);
        Assert.Equal(RoleHealth.Unhealthy, server.Role.Report().Health);

        client.Send(first.Message);
        Assert.Equal(DeclarationErrorCodes.TryAgainLater, (await client.ExpectErrorAsync()).ErrorCode.ToString());
        server.LetNodeIn();
        await server.Events.ExpectAsync(RoleEventTypes.NewTip);

        await client.DeclareAsync(await client.PrepareAsync(server.View, [], 0), providesMissing: false);
        Assert.Equal(RoleHealth.Healthy, server.Role.Report().Health);
    }

    [Fact]
    public async Task Two_clients_with_the_same_request_id_never_meet()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 0);
        await using RawDeclarator alice = await server.ConnectAsync();
        await using RawDeclarator bob = await server.ConnectAsync();
        Transaction[] made = server.MakeTransactions(4);
        RawJob hers = await alice.PrepareAsync(server.View, made[..2], 0, requestId: 7);
        RawJob his = await bob.PrepareAsync(server.View, made[2..], 0, requestId: 7);
        alice.Send(hers.Message);
        bob.Send(his.Message);
        ProvideMissingTransactions askedHer = await alice.ExpectAsync<ProvideMissingTransactions>();
        ProvideMissingTransactions askedHim = await bob.ExpectAsync<ProvideMissingTransactions>();

        bob.Provide(hers, askedHim);
        alice.Provide(hers, askedHer);

        await alice.ExpectAsync<DeclareMiningJobSuccess>();
        Assert.Equal(DeclarationErrorCodes.MissingTransactions, (await bob.ExpectErrorAsync()).ErrorCode.ToString());
        RawJob again = await bob.PrepareAsync(server.View, made[..2], 0, requestId: 9);
        bob.Send(again.Message);
        // What one client provided is nothing that another could learn of.
        Assert.Equal(2, (await bob.ExpectAsync<ProvideMissingTransactions>()).UnknownTxPositionList.Count);
    }

    [Fact]
    public async Task A_request_id_in_use_and_one_declaration_too_many_are_refused()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { Limits = options.Limits with { PendingDeclarations = 2 } }, initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        Transaction[] made = server.MakeTransactions(3);
        RawJob first = await client.PrepareAsync(server.View, made[..1], 0, requestId: 1);
        RawJob twin = await client.PrepareAsync(server.View, made[1..2], 0, requestId: 1);
        RawJob second = await client.PrepareAsync(server.View, made[1..2], 0, requestId: 2);
        RawJob third = await client.PrepareAsync(server.View, made[2..], 0, requestId: 3);

        client.Send(first.Message);
        client.Send(twin.Message);
        client.Send(second.Message);
        client.Send(third.Message);

        Assert.Equal(DeclarationErrorCodes.DuplicateRequestId, (await client.ExpectErrorAsync(1)).ErrorCode.ToString());
        Assert.Equal(DeclarationErrorCodes.TooManyPendingJobs, (await client.ExpectErrorAsync(3)).ErrorCode.ToString());
        client.Provide(first, await client.ExpectAsync<ProvideMissingTransactions>(request => request.RequestId == 1));
        await client.ExpectAsync<DeclareMiningJobSuccess>(success => success.RequestId == 1);
    }

    private static async Task<(RawJob Job, DeclareMiningJob Message)> SpoilAsync(DeclaratorHarness server, RawDeclarator client, string fault)
    {
        NodeView view = server.View;
        Script other = Script.PayToPublicKeyHash(new byte[20]);
        Func<PoolOutputs, ulong, TxOutput[]>? outputs = fault switch
        {
            "no payout" => (_, revenue) => [new(revenue, other), new(0, DeclaratorHarness.TagX)],
            "payout of nothing" => (pool, revenue) => [new(0, pool.Payout), new(revenue, other), new(0, DeclaratorHarness.TagX)],
            "pool's output dropped" => (pool, revenue) => [new(revenue, pool.Payout)],
            "too much" => (pool, revenue) => [new(revenue + 1, pool.Payout), new(0, DeclaratorHarness.TagX)],
            "wrong commitment" => (pool, revenue) => [new(revenue, pool.Payout), new(0, DeclaratorHarness.TagX), WitnessCommitment.Output(U256.MaxValue)],
            _ => null,
        };
        Transaction[] transactions = fault == "double spend" ? DoubleSpend(server) : [];
        if (fault == "height gone by")
            view = view with { Height = view.Height - 1 };
        RawJob job = await client.PrepareAsync(view, transactions, 0, outputs: outputs);
        DeclareMiningJob message = job.Message;
        return (job, fault switch
        {
            "wrong commitment" => message with { CoinbaseTxSuffix = SwapLastOutputs(job) },
            "stripped" => message with { CoinbaseTxPrefix = job.Job.Split.StrippedPrefix, CoinbaseTxSuffix = job.Job.Split.StrippedSuffix },
            "no height" => message with { CoinbaseTxPrefix = (byte[])[.. message.CoinbaseTxPrefix.Span[..44], .. "\x6a\x6a"u8] },
            "cut short" => message with { CoinbaseTxPrefix = (byte[])[2, 0, 0, 0] },
            "old version" => message with { Version = 3 },
            "transaction twice" => message with { WtxidList = [U256.MaxValue, U256.MaxValue] },
            "too many" => message with { WtxidList = (U256[])[.. Enumerable.Range(0, DeclarationCheck.TransactionsMax + 1).Select(i => U256.FromLimbs((ulong)i))] },
            _ => message,
        });
    }

    /// <summary>The wrong commitment after the right one, so that it is the one that counts.</summary>
    private static ByteString SwapLastOutputs(RawJob job)
    {
        TxOutput[] outputs = job.Job.Coinbase.Outputs.ToArray();
        (outputs[^1], outputs[^2]) = (outputs[^2], outputs[^1]);
        return (job.Job.Coinbase with { Outputs = outputs }).Split(16).FullSuffix;
    }

    private static Transaction[] DoubleSpend(DeclaratorHarness server)
    {
        Transaction once = server.MakeTransactions(1)[0];
        Transaction again = new(2, once.Inputs, [once.Outputs[0] with { Value = once.Outputs[0].Value - 1 }], 0);
        return [once, again];
    }
}
