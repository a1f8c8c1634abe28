using System.Net;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.TemplateProvider.Support;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.TemplateProvider;

/// <summary>The Template Distribution Protocol on the wire, encrypted over TCP, against a client that knows nothing of the product.</summary>
public sealed class TemplateProviderTests
{
    [Fact]
    [Trait("spec", "134")]
    [Trait("spec", "332")]
    public async Task Setup_succeeds_without_flags_over_an_encrypted_connection()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        ScriptedPeer peer = await ScriptedPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, provider.ConnectionString.Port));
        await using TemplatePeer client = new(peer);
        await peer.HandshakeAsClientAsync(provider.ConnectionString.AuthorityPublicKey, provider.Clock);

        SetupConnectionSuccess success = await client.SetUpAsync();

        Assert.Equal(2, success.UsedVersion);
        Assert.Equal(0u, success.Flags);
        Assert.True(provider.Role.Report().Endpoints.Single().Encrypted);
    }

    [Fact]
    [Trait("spec", "299")]
    [Trait("spec", "317")]
    [Trait("spec", "331")]
    public async Task Constraints_are_answered_with_a_future_template_and_the_tip_and_nothing_comes_before()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync();
        // Any frame that came before would be read here in the place of this answer.
        await client.SyncAsync();
        await client.Peer.SendAsync(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 100, CoinbaseOutputMaxAdditionalSigops = 0 });

        ReceivedFrame first = await client.Peer.ReceiveAsync();
        ReceivedFrame second = await client.Peer.ReceiveAsync();

        Assert.Equal((0, false, 0x71), (first.Header.ExtensionType, first.Header.IsChannelMessage, first.Header.MessageType));
        Assert.Equal((0, false, 0x72), (second.Header.ExtensionType, second.Header.IsChannelMessage, second.Header.MessageType));
        NewTemplate template = first.As<NewTemplate>();
        SetNewPrevHash tip = second.As<SetNewPrevHash>();
        Assert.True(template.FutureTemplate);
        Assert.Equal(template.TemplateId, tip.TemplateId);
        Assert.Equal(provider.Node.CurrentView()!.TipHash, tip.PrevHash);
        Assert.Equal(new CompactTarget(tip.NBits).ToTarget(), tip.Target);
    }

    [Fact]
    [Trait("spec", "136")]
    [Trait("spec", "153")]
    public async Task The_future_template_that_a_block_activates_holds_nothing_that_the_block_took_and_a_full_one_follows()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(100);
        HashSet<string> taken = await TransactionsAsync(client, client.Template.TemplateId);
        Assert.NotEmpty(taken);
        NewTemplate ahead = client.Ahead;

        // The block takes all of them. What was announced ahead is what is activated (ReadTipAsync says so), and it is empty.
        await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip));
        await client.ReadTipAsync();

        Assert.Empty(ahead.MerklePath.ToArray());
        Assert.Empty(await TransactionsAsync(client, ahead.TemplateId));
        HashSet<string> next = await TransactionsAsync(client, client.Template.TemplateId);
        Assert.Empty(next.Intersect(taken));
    }

    [Fact]
    public async Task A_template_made_ahead_that_no_block_activates_is_not_alive_at_the_next_height()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        // The second client's constraints make a new template, and with it a new one ahead: the first one's is left over.
        await using TemplatePeer first = await provider.ConnectAsync(100);
        await using TemplatePeer second = await provider.ConnectAsync(200);
        Assert.NotEqual(first.Ahead.TemplateId, second.Ahead.TemplateId);

        await second.Peer.SendAsync(Solver.Solve(second.Template, second.Tip));
        await second.ReadTipAsync();

        int mined = provider.Node.CurrentView()!.Height;
        IReadOnlyList<TemplateInfo> alive = (await provider.Role.ListTemplatesAsync(ListQuery.First, default)).Items;
        Assert.All(alive, template => Assert.Equal(template.IsFuture ? mined + 1 : mined, template.Height));
        Assert.DoesNotContain(alive, template => template.TemplateId == first.Ahead.TemplateId && template.IsFuture);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-100)]
    [InlineData(100)]
    [Trait("spec", "320")]
    [Trait("spec", "329")]
    public async Task The_suggested_time_is_no_floor_for_blocks_only_the_median_of_the_past_is(int seconds)
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(100);
        uint time = (uint)(client.Tip.HeaderTimestamp + seconds);
        Assert.True(time >= provider.Node.CurrentView()!.MinTime);
        CoinbaseTemplate coinbase = Solver.Coinbase(client.Template, new TxOutput(client.Template.CoinbaseTxValueRemaining, Solver.Payout));
        SubmitSolution solution = Solver.Solve(client.Template, client.Tip, coinbase, time: time);
        Assert.Equal(time, solution.HeaderTimestamp);
        await client.Peer.SendAsync(solution);
        await client.ReadTipAsync();
        Assert.Equal(2, provider.Node.CurrentView()!.Height);
    }

    private static async Task<HashSet<string>> TransactionsAsync(TemplatePeer client, ulong templateId)
    {
        await client.Peer.SendAsync(new RequestTransactionData { TemplateId = templateId });
        RequestTransactionDataSuccess answer = await client.Peer.ExpectAsync<RequestTransactionDataSuccess>();
        return [.. answer.TransactionList.ToArray().Select(transaction => transaction.ToString())];
    }

    [Fact]
    [Trait("spec", "310")]
    [Trait("spec", "314")]
    [Trait("spec", "315")]
    [Trait("spec", "316")]
    [Trait("spec", "377")]
    public async Task A_template_says_what_its_fields_must_say()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(100);
        NodeView view = provider.Node.CurrentView()!;
        NewTemplate template = client.Template;

        Assert.Equal(CoinbaseRules.HeightPush(1), template.CoinbasePrefix.ToArray());
        Assert.Equal(50_00000000ul + (ulong)view.Candidates.Sum(candidate => candidate.Fee), template.CoinbaseTxValueRemaining);
        Assert.Equal(1u, template.CoinbaseTxOutputsCount);
        // Value, length of the script, script: no count in front.
        Assert.Equal("0000000000000000266a24aa21a9ed", template.CoinbaseTxOutputs.ToString()[..30]);
        Assert.Equal(8 + 1 + 38, template.CoinbaseTxOutputs.Length);
        Assert.Equal(0u, template.CoinbaseTxLocktime);
        Assert.Equal(0xfffffffe, template.CoinbaseTxInputSequence);
        Assert.Equal(0x20000000u, template.Version);
        Assert.Equal((int)Math.Ceiling(Math.Log2(view.Candidates.Count + 1)), template.MerklePath.Count);
    }

    [Fact]
    [Trait("spec", "301")]
    [Trait("spec", "318")]
    [Trait("spec", "327")]
    [Trait("spec", "330")]
    public async Task A_solution_becomes_the_tip_and_every_client_is_told()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer finder = await provider.ConnectAsync(31);
        await using TemplatePeer other = await provider.ConnectAsync(500);
        SubmitSolution solution = Solver.Solve(finder.Template, finder.Tip);
        U256 hash = Solver.BlockHash(finder.Template, finder.Tip, solution);

        await finder.Peer.SendAsync(solution);
        await finder.ReadTipAsync();
        await other.ReadTipAsync();

        Assert.Equal(hash, finder.Tip.PrevHash);
        Assert.Equal(hash, other.Tip.PrevHash);
        Assert.Equal(hash, provider.Node.CurrentView()!.TipHash);
        new IndependentBlock(provider.Node.ReadBlock(hash)!).Verify(
            1, new ChainParameters(provider.ChainOptions).Network.Genesis.Hash().AsSpan().ToArray(), finder.Tip.NBits, Premine(provider), 50_00000000);
        Assert.Equal(1, provider.Role.Report().Figures.Single(figure => figure.Name == "blocksAccepted").Value);
    }

    [Fact]
    [Trait("spec", "312")]
    [Trait("spec", "316")]
    [Trait("spec", "317")]
    public async Task Block_after_block_is_found_on_full_and_on_empty_templates()
    {
        // No templates but those of new tips.
        TemplateProviderOptions options = new()
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            TemplateInterval = TimeSpan.FromHours(1),
            TemplateRefresh = TimeSpan.FromHours(1),
        };
        await using ProviderFixture provider = await ProviderFixture.StartAsync(ChainFixture.Easy(rate: 4), options);
        await using TemplatePeer client = await provider.ConnectAsync(31);
        for (int i = 0; i < 20; i++)
        {
            // Every other block is found on the template made ahead, before the full one has been looked at.
            bool onAhead = i % 2 == 1;
            NewTemplate ahead = client.Ahead;
            SubmitSolution solution;
            if (onAhead)
            {
                provider.MineElsewhere((ulong)i);
                await client.ReadTipAsync();
                solution = Solver.Solve(ahead, client.Tip);
            }
            else
            {
                solution = Solver.Solve(client.Template, client.Tip);
            }
            await client.Peer.SendAsync(solution);
            await client.ReadTipAsync();
            provider.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(30, (int)provider.Role.Report().Figures.Single(figure => figure.Name == FigureNames.Height).Value);
        Assert.Equal(0, provider.Role.Report().Figures.Single(figure => figure.Name == "solutionsRejected").Value);
    }

    [Fact]
    [Trait("spec", "300")]
    [Trait("spec", "309")]
    public async Task A_template_is_pushed_when_fees_have_risen()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(31);
        ulong before = client.Template.CoinbaseTxValueRemaining;

        // Not worth a template by itself.
        Assert.Null(provider.Node.SubmitTransaction(provider.Pay(fee: 500)));
        provider.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(provider.Node.SubmitTransaction(provider.Pay(fee: 40_000)));
        provider.Clock.Advance(TimeSpan.FromSeconds(5));
        NewTemplate next = await client.ReadTemplateAsync();

        Assert.False(next.FutureTemplate);
        Assert.Equal(before + 40_500, next.CoinbaseTxValueRemaining);
        await client.Peer.SendAsync(Solver.Solve(next, client.Tip));
        await client.ReadTipAsync();
    }

    [Fact]
    [Trait("spec", "302")]
    public async Task A_solution_of_a_template_that_was_replaced_still_makes_a_block()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(31);
        NewTemplate old = client.Template;
        Assert.Null(provider.Node.SubmitTransaction(provider.Pay(fee: 40_000)));
        provider.Clock.Advance(TimeSpan.FromSeconds(5));
        await client.ReadTemplateAsync();

        await client.Peer.SendAsync(Solver.Solve(old, client.Tip));
        await client.ReadTipAsync();

        Assert.Equal(2, provider.Node.CurrentView()!.Height);
    }

    [Theory]
    [InlineData(0u, 2000)]
    [InlineData(100u, 2000)]
    [InlineData(208u, 2000)]
    [InlineData(209u, 2004)]
    [InlineData(10_000u, 41_168)]
    [Trait("spec", "303")]
    [Trait("spec", "304")]
    public void Weight_is_reserved_by_the_formula_but_never_less_than_2000(uint size, int reserved)
    {
        TemplateConstraints constraints = new(size, 0);

        Assert.Equal(reserved, constraints.ReservedWeight);
        Assert.Equal(4_000_000 - reserved, constraints.TransactionsWeightMax);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(31u)]
    [InlineData(5_000u)]
    [InlineData(200_000u)]
    [Trait("spec", "303")]
    [Trait("spec", "305")]
    public async Task A_full_mempool_leaves_room_for_the_largest_coinbase(uint size)
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync(ChainFixture.Easy(initial: 0));
        for (int i = 0; i < 45; i++)
            Assert.Null(provider.Node.SubmitTransaction(provider.Pay(fee: 2_000_000, outputBytes: 24_900 + i)));
        await using TemplatePeer client = await provider.ConnectAsync(size);
        NewTemplate template = client.Template;

        // One output of exactly the size declared, and a scriptSig of exactly 100 bytes.
        TxOutput[] outputs = size < 9 ? [] : [new TxOutput(template.CoinbaseTxValueRemaining, new Script(new byte[ScriptBytes(size)]))];
        CoinbaseTemplate coinbase = Solver.Coinbase(template, outputs);
        Assert.Equal((long)size, outputs.Sum(output => (long)output.Size));
        byte[] full = coinbase.Split(coinbase.ExtranonceMax).Full(new byte[coinbase.ExtranonceMax], []);
        // SubmitSolution carries at most 64 KB, so the largest coinbase goes to the chain as a block.
        byte[] block = Assemble(provider, template, client.Tip, full);

        Assert.InRange(new IndependentBlock(block).Weight, 4_000_000 - 110_000 - 4 * 4, 4_000_000);
        Assert.Equal(BlockVerdict.Accepted, provider.Node.SubmitBlock(block));
        Assert.True(Block.Parse(block).Transactions.Length < 46, "something had to be left out");
    }

    [Fact]
    [Trait("spec", "305")]
    [Trait("spec", "306")]
    public async Task Sigops_of_the_clients_outputs_are_kept_free()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync(ChainFixture.Easy(initial: 0));
        // Four transactions of 5 000 signature operations each: 20 000 × 4 is all that a block may have.
        for (int i = 0; i < 4; i++)
            Assert.Null(provider.Node.SubmitTransaction(provider.Pay(fee: 1_000_000, outputBytes: 5_000, signatureOperation: true)));

        await using TemplatePeer none = await provider.ConnectAsync(100, additionalSigops: 0);
        await using TemplatePeer one = await provider.ConnectAsync(100, additionalSigops: 4);
        await using TemplatePeer many = await provider.ConnectAsync(100, additionalSigops: 40_001);

        int[] counts = [await TransactionCount(none), await TransactionCount(one), await TransactionCount(many)];
        Assert.Equal([4, 3, 1], counts);
        // With what it said it would add, each block is valid; with more it is not.
        Script checkSig = new(new byte[] { 0xac });
        byte[] good = Solver.Coinbase(one.Template, new TxOutput(1000, checkSig)).Split(8).Full(new byte[8], []);
        byte[] bad = Solver.Coinbase(none.Template, new TxOutput(1000, checkSig)).Split(8).Full(new byte[8], []);
        await none.Peer.SendAsync(Solver.Grind(none.Template, none.Tip, bad));
        await none.SyncAsync();
        Assert.Equal(1, Rejected(provider, "bad-blk-sigops"));
        await one.Peer.SendAsync(Solver.Grind(one.Template, one.Tip, good));
        await one.ReadTipAsync();
    }

    [Fact]
    [Trait("spec", "308")]
    public async Task Template_ids_grow_over_a_thousand_templates_and_over_restarts()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync(ChainFixture.Easy(initial: 1));
        List<ulong> ids = [];
        await using (TemplatePeer client = await provider.ConnectAsync(31))
        {
            ids.AddRange([client.Template.TemplateId, client.Ahead.TemplateId]);
            for (int i = 0; i < 500; i++)
            {
                provider.MineElsewhere((ulong)i);
                await client.ReadTipAsync();
                provider.Clock.Advance(TimeSpan.FromSeconds(1));
                ids.AddRange([client.Template.TemplateId, client.Ahead.TemplateId]);
            }
        }
        await provider.Role.StopAsync(default);
        await provider.StartRoleAsync();
        await using TemplatePeer again = await provider.ConnectAsync(31);
        ids.AddRange([again.Template.TemplateId, again.Ahead.TemplateId]);
        Assert.Null(provider.Node.SubmitTransaction(provider.Pay(fee: 40_000)));
        provider.Clock.Advance(TimeSpan.FromSeconds(5));
        ids.Add((await again.ReadTemplateAsync()).TemplateId);
        // Another client comes later and moves to the constraints of the first.
        await using TemplatePeer late = await provider.ConnectAsync(500);
        Assert.True(late.Ahead.TemplateId > late.Template.TemplateId);
        await late.Peer.SendAsync(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 31, CoinbaseOutputMaxAdditionalSigops = 0 });
        Assert.True((await late.ReadTemplateAsync()).TemplateId > late.Ahead.TemplateId);
        provider.MineElsewhere(7);
        await late.ReadTipAsync();
        await again.ReadTipAsync();
        ids.AddRange([again.Template.TemplateId, again.Ahead.TemplateId]);

        Assert.Equal(1007, ids.Count);
        Assert.Equal(ids.Order().Distinct(), ids);
    }

    [Fact]
    [Trait("spec", "322")]
    [Trait("spec", "325")]
    public async Task Transaction_data_is_all_transactions_of_the_template_with_their_witnesses()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(31);

        await client.Peer.SendAsync(new RequestTransactionData { TemplateId = client.Template.TemplateId });
        RequestTransactionDataSuccess data = await client.Peer.ExpectAsync<RequestTransactionDataSuccess>();

        Assert.Equal(client.Template.TemplateId, data.TemplateId);
        Assert.Equal(0, data.ExcessData.Length);
        Transaction[] transactions = [.. data.TransactionList.Select(bytes => Transaction.Parse(bytes.Span))];
        Assert.Equal(40, transactions.Length);
        Assert.Equal(MerklePath.OfCoinbase(Array.ConvertAll(transactions, transaction => transaction.Txid)), client.Template.MerklePath.ToArray());
        TxOutput commitment = WitnessCommitment.Output(WitnessCommitment.Compute(Array.ConvertAll(transactions, transaction => transaction.Wtxid)));
        Assert.Equal(TxOutput.SerializeUnprefixed([commitment]), client.Template.CoinbaseTxOutputs);
        Assert.Contains(transactions, transaction => transaction.HasWitness);
    }

    [Fact]
    [Trait("spec", "322")]
    public async Task Transaction_data_of_stale_and_unknown_templates_is_refused_with_the_right_code()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(31);
        ulong stale = client.Template.TemplateId;
        provider.MineElsewhere();
        await client.ReadTipAsync();

        await client.Peer.SendAsync(new RequestTransactionData { TemplateId = stale });
        RequestTransactionDataError staleError = await client.Peer.ExpectAsync<RequestTransactionDataError>();
        await client.Peer.SendAsync(new RequestTransactionData { TemplateId = ulong.MaxValue });
        RequestTransactionDataError unknownError = await client.Peer.ExpectAsync<RequestTransactionDataError>();

        Assert.Equal((stale, "stale-template-id"), (staleError.TemplateId, staleError.ErrorCode.ToString()));
        Assert.Equal((ulong.MaxValue, "template-id-not-found"), (unknownError.TemplateId, unknownError.ErrorCode.ToString()));
    }

    [Fact]
    [Trait("spec", "328")]
    public async Task Only_the_bits_of_BIP_323_may_differ_from_the_templates_version()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(31);
        CoinbaseTemplate coinbase = Solver.Coinbase(client.Template, new TxOutput(1, Solver.Payout));

        await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip, coinbase, version: client.Template.Version ^ 1u << 29));
        await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip, coinbase, version: client.Template.Version ^ 1u << 4));
        await client.SyncAsync();
        Assert.Equal(2, Rejected(provider, "bad-version"));
        Assert.Equal(1, provider.Node.CurrentView()!.Height);

        await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip, coinbase, version: client.Template.Version ^ (1u << 5 | 1u << 12 | 1u << 28)));
        await client.ReadTipAsync();
    }

    [Fact]
    [Trait("spec", "315")]
    [Trait("spec", "327")]
    public async Task Bad_solutions_are_counted_by_reason_and_change_nothing()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(31);
        NewTemplate template = client.Template;
        CoinbaseTemplate honest = Solver.Coinbase(template, new TxOutput(template.CoinbaseTxValueRemaining, Solver.Payout));
        CoinbaseTemplate greedy = Solver.Coinbase(template, new TxOutput(template.CoinbaseTxValueRemaining + 1, Solver.Payout));
        CoinbaseTemplate uncommitted = honest with { Outputs = [honest.Outputs[0]] };
        CoinbaseTemplate wrongHeight = honest with { CoinbasePrefix = CoinbaseRules.HeightPush(7) };
        SubmitSolution good = Solver.Solve(template, client.Tip, honest);

        await client.Peer.SendAsync(good with { TemplateId = 3 });
        await client.Peer.SendAsync(good with { CoinbaseTx = new byte[] { 1, 2, 3 } });
        await client.Peer.SendAsync(Solver.Solve(template, client.Tip, honest, wanted: false));
        await client.Peer.SendAsync(Solver.Solve(template, client.Tip, greedy));
        await client.Peer.SendAsync(Solver.Solve(template, client.Tip, uncommitted));
        await client.Peer.SendAsync(Solver.Solve(template, client.Tip, wrongHeight));
        await client.Peer.SendAsync(Solver.Solve(template, client.Tip, honest, time: client.Tip.HeaderTimestamp + 7201));
        await client.Peer.SendAsync(good with { TemplateId = client.Ahead.TemplateId });
        await client.SyncAsync();

        foreach (string code in (string[])["template-id-not-found", "bad-coinbase", "high-hash", "bad-cb-amount", "unexpected-witness", "bad-cb-height", "time-too-new", "future-template"])
            Assert.Equal((code, 1), (code, Rejected(provider, code)));
        Assert.Equal(1, provider.Node.CurrentView()!.Height);
        await client.Peer.SendAsync(good);
        await client.ReadTipAsync();
    }

    [Fact]
    [Trait("spec", "329")]
    public async Task A_time_that_consensus_allows_is_good_enough_for_a_block()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(31);
        CoinbaseTemplate coinbase = Solver.Coinbase(client.Template, new TxOutput(1, Solver.Payout));

        // Before SetNewPrevHash's header_timestamp: the client should not have, but the block is valid.
        await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip, coinbase, time: client.Tip.HeaderTimestamp - 3600));
        await client.ReadTipAsync();
        await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip, Solver.Coinbase(client.Template), time: client.Tip.HeaderTimestamp + 7200));
        await client.ReadTipAsync();
    }

    [Fact]
    [Trait("spec", "330")]
    public async Task A_stripped_coinbase_is_mended_because_a_block_is_worth_more()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(31);
        SubmitSolution solution = Solver.Solve(client.Template, client.Tip);

        await client.Peer.SendAsync(solution with { CoinbaseTx = Transaction.Parse(solution.CoinbaseTx.Span).ToBytes(includeWitness: false) });
        await client.ReadTipAsync();

        Assert.Contains(provider.Log.Lines, line => line.Contains("without its BIP 141 fields", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("spec", "333")]
    public async Task Clients_follow_an_invalidated_tip_back_to_the_height_before()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer client = await provider.ConnectAsync(31);
        U256 genesis = client.Tip.PrevHash;
        provider.MineElsewhere();
        await client.ReadTipAsync();
        ulong dead = client.Template.TemplateId;

        provider.Node.InvalidateTip();
        // The template made ahead is for a later height, so a fitting one comes first.
        await client.ReadStartAsync();

        Assert.Equal(genesis, client.Tip.PrevHash);
        Assert.Equal(CoinbaseRules.HeightPush(1), client.Template.CoinbasePrefix.ToArray());
        await client.Peer.SendAsync(new RequestTransactionData { TemplateId = dead });
        Assert.Equal("stale-template-id", (await client.Peer.ExpectAsync<RequestTransactionDataError>()).ErrorCode.ToString());
        await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip));
        await client.ReadTipAsync();
    }

    [Fact]
    [Trait("spec", "335")]
    public async Task Constraints_that_grow_are_honoured_by_the_next_template()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync(ChainFixture.Easy(initial: 0));
        for (int i = 0; i < 41; i++)
            Assert.Null(provider.Node.SubmitTransaction(provider.Pay(fee: 2_000_000, outputBytes: 24_000)));
        await using TemplatePeer client = await provider.ConnectAsync(100);
        int before = await TransactionCount(client);

        await client.Peer.SendAsync(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 60_000, CoinbaseOutputMaxAdditionalSigops = 0 });
        NewTemplate next = await client.ReadTemplateAsync();

        Assert.False(next.FutureTemplate);
        Assert.True(await TransactionCount(client) < before);
        await client.Peer.SendAsync(Solver.Solve(next, client.Tip));
        await client.ReadTipAsync();
        Assert.True(await TransactionCount(client) >= 0);
    }

    [Fact]
    public async Task Constraints_that_leave_no_room_for_a_block_end_the_connection_and_no_other()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer good = await provider.ConnectAsync(31);
        await using TemplatePeer bad = await provider.ConnectAsync();

        await bad.Peer.SendAsync(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = uint.MaxValue, CoinbaseOutputMaxAdditionalSigops = 0 });

        await bad.Peer.ExpectCloseAsync();
        Assert.Contains(provider.Log.Lines, line => line.Contains("coinbase_output_max_additional_size 4294967295 reserves", StringComparison.Ordinal));
        await good.Peer.SendAsync(Solver.Solve(good.Template, good.Tip));
        await good.ReadTipAsync();
    }

    [Fact]
    public async Task A_malformed_message_ends_its_connection_and_no_other()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer good = await provider.ConnectAsync(31);
        await using TemplatePeer bad = await provider.ConnectAsync(31);

        await bad.Peer.SendFrameAsync(0, 0x76, 1, 2, 3);

        await bad.Peer.ExpectCloseAsync();
        await good.Peer.SendAsync(Solver.Solve(good.Template, good.Tip));
        await good.ReadTipAsync();
    }

    [Fact]
    public async Task A_client_that_keeps_changing_its_constraints_is_sent_away()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using TemplatePeer good = await provider.ConnectAsync(31);
        await using TemplatePeer bad = await provider.ConnectAsync(31);
        for (uint i = 0; i < DistributionSession.ConstraintsMax; i++)
            await bad.Peer.SendAsync(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = i, CoinbaseOutputMaxAdditionalSigops = 0 });

        await bad.Peer.DrainAsync();

        Assert.Contains(provider.Log.Lines, line => line.Contains("more than 60 CoinbaseOutputConstraints", StringComparison.Ordinal));
        await good.Peer.SendAsync(Solver.Solve(good.Template, good.Tip));
        await good.ReadTipAsync();
    }

    [Fact]
    public async Task The_oldest_templates_are_forgotten_beyond_the_limit()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync(
            options: new TemplateProviderOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), TemplatesKept = 16 });
        await using TemplatePeer client = await provider.ConnectAsync(31);
        SubmitSolution early = Solver.Solve(client.Template, client.Tip);
        for (int i = 0; i < 20; i++)
        {
            Assert.Null(provider.Node.SubmitTransaction(provider.Pay(fee: 5_000)));
            provider.Clock.Advance(TimeSpan.FromSeconds(5));
            await client.ReadTemplateAsync();
        }

        await client.Peer.SendAsync(early);
        await client.SyncAsync();

        Assert.Equal(1, Rejected(provider, "template-id-not-found"));
        Assert.Equal(16, (await provider.Role.ListTemplatesAsync(ListQuery.First, default)).Total);
        await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip));
    }

    [Fact]
    public async Task The_chain_and_the_keys_are_the_same_after_a_restart()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        string connectionString = provider.ConnectionString.ToString();
        await using (TemplatePeer client = await provider.ConnectAsync(31))
        {
            await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip));
            await client.ReadTipAsync();
        }
        await provider.Role.StopAsync(default);
        Assert.True(provider.Role.Completion.IsCompletedSuccessfully);

        await provider.StartRoleAsync();

        Assert.Equal(connectionString, provider.ConnectionString.ToString());
        await using TemplatePeer again = await provider.ConnectAsync(31);
        Assert.Equal(CoinbaseRules.HeightPush(2), again.Template.CoinbasePrefix.ToArray());
        await again.Peer.SendAsync(Solver.Solve(again.Template, again.Tip));
        await again.ReadTipAsync();
    }

    [Fact]
    public async Task A_port_in_use_is_a_configuration_error_that_names_the_key()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();

        ConfigurationException e = await Assert.ThrowsAsync<ConfigurationException>(
            () => ProviderFixture.StartAsync(options: new TemplateProviderOptions { Listen = new IPEndPoint(IPAddress.Loopback, provider.ConnectionString.Port) }));

        Assert.Equal("listen", e.Problems.Single().Key);
    }

    private static int ScriptBytes(uint outputSize)
    {
        // Value 8 and the script's length in 1, 3 or 5 bytes.
        int script = (int)outputSize - 9;
        return script < 0xfd ? script : script - 2 <= 0xffff ? script - 2 : script - 4;
    }

    private static byte[] Assemble(ProviderFixture provider, in NewTemplate template, in SetNewPrevHash tip, byte[] coinbase)
    {
        SubmitSolution solution = Solver.Grind(template, tip, coinbase);
        ulong id = template.TemplateId;
        CandidateTransaction[] transactions = provider.Role.Find(id)!.Transactions;
        Transaction[] all = [Transaction.Parse(coinbase), .. transactions.Select(transaction => Transaction.Parse(transaction.Data.Span))];
        BlockHeader header = new(
            solution.Version, tip.PrevHash, MerkleTree.Root(Array.ConvertAll(all, transaction => transaction.Txid)), solution.HeaderTimestamp, tip.NBits, solution.HeaderNonce);
        return new Block(header, all).ToBytes();
    }

    private static async Task<int> TransactionCount(TemplatePeer client)
    {
        await client.Peer.SendAsync(new RequestTransactionData { TemplateId = client.Template.TemplateId });
        return (await client.Peer.ExpectAsync<RequestTransactionDataSuccess>()).TransactionList.Count;
    }

    private static int Rejected(ProviderFixture provider, string code) =>
        (int)(provider.Role.Report().Figures.SingleOrDefault(figure => figure.Name == $"solutionsRejected.{code}")?.Value ?? 0);

    private static Dictionary<string, long> Premine(ProviderFixture provider)
    {
        Transaction genesis = new ChainParameters(provider.ChainOptions).Genesis;
        return Enumerable.Range(0, genesis.Outputs.Length).ToDictionary(i => $"{genesis.Txid.ToDisplayString()}:{i}", i => (long)genesis.Outputs[i].Value);
    }
}
