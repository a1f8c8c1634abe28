using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.TemplateProvider.Support;

namespace Sv2.Roles.Tests.TemplateProvider;

public sealed class EmbeddedChainTests
{
    [Fact]
    [Trait("spec", "312")]
    [Trait("spec", "313")]
    [Trait("spec", "314")]
    public async Task A_hundred_blocks_pass_the_checks_of_independent_code()
    {
        await using ChainFixture chain = new(ChainFixture.Easy(rate: 5));
        Dictionary<string, long> coins = Premine(chain);
        byte[] tip = chain.View.TipHash.AsSpan().ToArray();
        int legacy = 0;
        int segwit = 0;
        for (int height = 1; height <= 100; height++)
        {
            byte[] bytes = chain.Mine();
            IndependentBlock block = new(bytes);
            block.Verify(height, tip, chain.View.NBits, coins, subsidy: 50_00000000);
            tip = block.Hash;
            segwit += block.Transactions.Skip(1).Count(tx => !tx.Txid.SequenceEqual(tx.Wtxid));
            legacy += block.Transactions.Skip(1).Count(tx => tx.Txid.SequenceEqual(tx.Wtxid));
            // The clock moves a second per block, and the trickle brings five transactions a second.
            Assert.NotEmpty(chain.View.Candidates);
        }
        Assert.Equal(101, chain.View.Height);
        Assert.True(legacy > 20 && segwit > 200, $"{legacy} legacy and {segwit} segwit transactions");
        Assert.Equal(chain.Node.Coins().Count, coins.Count);
        Assert.Equal(chain.Node.Coins().Values.Sum(coin => (long)coin.Value), coins.Values.Sum());
    }

    [Fact]
    public async Task The_chain_goes_on_at_its_height_after_a_restart()
    {
        await using ChainFixture chain = new();
        for (int i = 0; i < 25; i++)
            chain.Mine();
        U256 tip = chain.View.TipHash;
        IReadOnlyDictionary<OutPoint, Coin> coins = chain.Node.Coins();

        await chain.RestartAsync();

        Assert.Equal(26, chain.View.Height);
        Assert.Equal(tip, chain.View.TipHash);
        Assert.Equal(coins.Order(ByOutPoint), chain.Node.Coins().Order(ByOutPoint));
        Assert.NotEmpty(chain.View.Candidates);
        chain.Mine();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(200)]
    public async Task A_tail_torn_by_a_crash_is_cut_off_and_logged(int bytesMissing)
    {
        LogCollector log = new();
        await using ChainFixture chain = new(loggerFactory: log);
        for (int i = 0; i < 5; i++)
            chain.Mine();
        long whole = new FileInfo(chain.BlockFilePath).Length;
        U256 kept = chain.View.TipHash;
        chain.Mine();
        await chain.Node.DisposeAsync();
        using (FileStream file = new(chain.BlockFilePath, FileMode.Open))
            file.SetLength(file.Length - bytesMissing);

        await chain.RestartAsync();

        Assert.Equal(kept, chain.View.TipHash);
        Assert.Equal(whole, new FileInfo(chain.BlockFilePath).Length);
        Assert.Contains(log.Lines, line => line.Contains("cut off by a crash", StringComparison.Ordinal));
        chain.Mine();
        await chain.RestartAsync();
        Assert.Equal(7, chain.View.Height);
    }

    [Fact]
    public async Task What_was_checked_before_is_not_checked_again_unless_the_file_has_changed()
    {
        LogCollector log = new();
        await using ChainFixture chain = new(loggerFactory: log);
        string mark = Path.ChangeExtension(chain.BlockFilePath, ".checked");
        for (int i = 0; i < 5; i++)
            chain.Mine();
        IReadOnlyDictionary<OutPoint, Coin> coins = chain.Node.Coins();
        await chain.RestartAsync();
        Assert.Contains(log.Lines, line => line.Contains("5 blocks read and 0 of them checked again", StringComparison.Ordinal));
        Assert.Equal(coins.Order(ByOutPoint), chain.Node.Coins().Order(ByOutPoint));

        // A process that is killed leaves the mark of its start.
        byte[] marked = await File.ReadAllBytesAsync(mark);
        chain.Mine();
        chain.Mine();
        await chain.Node.DisposeAsync();
        await File.WriteAllBytesAsync(mark, marked);
        await chain.RestartAsync();
        Assert.Contains(log.Lines, line => line.Contains("7 blocks read and 2 of them checked again", StringComparison.Ordinal));

        // A mark that does not fit saves nothing, and breaks nothing.
        await chain.Node.DisposeAsync();
        await File.WriteAllBytesAsync(mark, marked[..20]);
        await chain.RestartAsync();
        Assert.Contains(log.Lines, line => line.Contains("7 blocks read and 7 of them checked again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bad_block_that_was_smuggled_in_behind_the_mark_is_found_at_every_start()
    {
        await using ChainFixture chain = new();
        chain.Mine();
        byte[] bad = chain.MakeBlock(change: parts => parts with { Value = parts.Value + 1 });
        await chain.Node.DisposeAsync();
        U256 genesis = new ChainParameters(chain.Options).Network.Genesis.Hash();
        using (BlockFile file = BlockFile.Open(chain.BlockFilePath, genesis, NullLogger.Instance))
            Assert.InRange(file.Append(BlockRecordKind.Block, bad), 1, long.MaxValue);

        for (int start = 0; start < 2; start++)
        {
            RoleException e = Assert.Throws<RoleException>(() => chain.Open());
            Assert.Contains("bad-cb-amount", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Zeros_behind_the_last_record_are_a_torn_tail()
    {
        await using ChainFixture chain = new();
        chain.Mine();
        await chain.Node.DisposeAsync();
        using (FileStream file = new(chain.BlockFilePath, FileMode.Append))
            file.Write(new byte[5000]);

        await chain.RestartAsync();

        Assert.Equal(2, chain.View.Height);
    }

    [Theory]
    [InlineData(2)] // magic of a record
    [InlineData(6)] // its length
    [InlineData(60)] // its payload
    public async Task Damage_before_the_last_record_is_reported_not_guessed_over(int offsetInRecord)
    {
        await using ChainFixture chain = new();
        for (int i = 0; i < 3; i++)
            chain.Mine();
        await chain.Node.DisposeAsync();
        byte[] file = await File.ReadAllBytesAsync(chain.BlockFilePath);
        file[44 + offsetInRecord] ^= 0x40;
        await File.WriteAllBytesAsync(chain.BlockFilePath, file);

        RoleException e = Assert.Throws<RoleException>(() => chain.Open());

        Assert.Contains("is damaged at byte 44", e.Message, StringComparison.Ordinal);
        Assert.Equal(file, await File.ReadAllBytesAsync(chain.BlockFilePath));
    }

    [Fact]
    public async Task A_chain_with_other_parameters_is_refused()
    {
        await using ChainFixture chain = new();
        chain.Mine();
        await chain.Node.DisposeAsync();

        RoleException e = Assert.Throws<RoleException>(() => chain.Open(ChainFixture.Easy(maturity: 99)));

        Assert.Contains("other parameters", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_process_cannot_open_the_same_chain()
    {
        await using ChainFixture chain = new();

        RoleException e = Assert.Throws<RoleException>(() => chain.Open());

        Assert.Contains("cannot be opened", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_block_is_refused_with_the_reason_and_changes_nothing()
    {
        await using ChainFixture chain = new();
        byte[] first = chain.MakeBlock(change: parts => parts with { Payout = SpendableScript.Bare });
        Assert.Equal(BlockVerdict.Accepted, chain.Node.SubmitBlock(first));
        OutPoint reward = new(Block.Parse(first).Transactions[0].Txid, 0);
        NodeView view = chain.View;
        uint now = (uint)chain.Clock.GetUtcNow().ToUnixTimeSeconds();
        OutPoint coin = chain.Node.Coins().First(coin => coin.Value.Script == SpendableScript.PayToWitness && coin.Value.Height == 0
            && !view.Candidates.Any(candidate => Transaction.Parse(candidate.Data.Span).Inputs.ToArray().Any(input => input.PreviousOutput == coin.Key))).Key;
        Dictionary<string, Func<BlockParts, BlockParts>> bad = new()
        {
            ["prev-blk-not-found"] = parts => parts with { PrevHash = U256.MaxValue },
            ["bad-diffbits"] = parts => parts with { NBits = 0x1f7fffff },
            ["time-too-old"] = parts => parts with { Time = view.MinTime - 1 },
            ["time-too-new"] = parts => parts with { Time = now + 7201 },
            ["high-hash"] = parts => parts with { MeetsTarget = false },
            ["bad-txnmrklroot"] = parts => parts with { MerkleRoot = U256.MaxValue },
            ["bad-cb-height"] = parts => parts with { ScriptSigStart = CoinbaseRules.HeightPush(parts.Height + 1) },
            ["bad-cb-length"] = parts => parts with { ScriptSigStart = [.. CoinbaseRules.HeightPush(parts.Height), .. new byte[92]] },
            ["bad-cb-amount"] = parts => parts with { Value = parts.Value + 1 },
            ["bad-witness-merkle-match"] = parts => parts with { Commitment = U256.MaxValue },
            ["bad-witness-nonce-size"] = parts => parts with { HasWitness = false },
            ["bad-txns-nonfinal"] = parts => parts with { LockTime = parts.Height },
            ["bad-txns-inputs-missingorspent"] = parts => parts with { Transactions = [.. parts.Transactions, Spend(new OutPoint(U256.MaxValue, 0), 1000)] },
            ["bad-txns-inputs-duplicate"] = parts => parts with { Transactions = [Spend([coin, coin], 1000)] },
            ["bad-txns-in-belowout"] = parts => parts with { Transactions = [Spend(coin, 10_00000001)] },
            ["mandatory-script-verify-flag-failed"] = parts => parts with { Transactions = [SpendWithoutWitness(coin)] },
            ["bad-txns-premature-spend-of-coinbase"] = parts => parts with { Transactions = [SpendBare(reward)] },
            ["bad-blk-sigops"] = parts => parts with { Transactions = [WithSigops(coin, 20_001)] },
            ["bad-blk-weight"] = parts => parts with { Transactions = [WithOutputBytes(coin, 1_000_000)] },
        };
        foreach ((string code, Func<BlockParts, BlockParts> bend) in bad)
        {
            BlockVerdict verdict = chain.Node.SubmitBlock(chain.MakeBlock(view, change: bend));
            Assert.Equal((code, BlockJudgement.Rejected, code), (code, verdict.Judgement, verdict.Code));
        }
        // Spends in one transaction what another of the same block has spent.
        BlockVerdict doubled = chain.Node.SubmitBlock(chain.MakeBlock(view, change: parts => parts with { Transactions = [Spend(coin, 1000), Spend(coin, 2000)] }));
        Assert.Equal("bad-txns-inputs-missingorspent", doubled.Code);
        Assert.Equal("block-malformed", chain.Node.SubmitBlock([1, 2, 3]).Code);
        Assert.Equal(view.TipHash, chain.View.TipHash);
        Assert.Equal(1, chain.TipChanges);
        chain.Mine();
    }

    [Fact]
    public async Task A_reward_can_be_spent_when_it_is_mature()
    {
        await using ChainFixture chain = new(ChainFixture.Easy(maturity: 3));
        byte[] first = chain.MakeBlock(change: parts => parts with { Payout = SpendableScript.Bare });
        chain.Node.SubmitBlock(first);
        Transaction spend = SpendBare(new OutPoint(Block.Parse(first).Transactions[0].Txid, 0));
        chain.Mine();
        Assert.Equal("bad-txns-premature-spend-of-coinbase", chain.Node.SubmitTransaction(spend));
        chain.Mine();

        Assert.Null(chain.Node.SubmitTransaction(spend));
        Assert.Contains(spend.Txid, Block.Parse(chain.Mine()).Txids());
    }

    [Fact]
    public async Task A_known_block_is_a_duplicate()
    {
        await using ChainFixture chain = new();
        byte[] block = chain.Mine();

        Assert.Equal(BlockVerdict.Duplicate, chain.Node.SubmitBlock(block));
        Assert.Equal(1, chain.TipChanges);
    }

    [Fact]
    [Trait("spec", "333")]
    public async Task The_longer_branch_wins_and_its_transactions_come_back()
    {
        await using ChainFixture chain = new();
        NodeView root = chain.View;
        byte[] a1 = chain.Mine();
        NodeView onA1 = chain.View;
        int waiting = onA1.Candidates.Count;
        U256 tipOfA = chain.View.TipHash;

        // An empty branch of two blocks beside it.
        byte[] b1 = chain.MakeBlock(root, transactions: [], extranonce: 99);
        Assert.Equal(BlockVerdict.SideBranch, chain.Node.SubmitBlock(b1));
        Assert.Equal(tipOfA, chain.View.TipHash);
        NodeView onB1 = root with { TipHash = Block.Parse(b1).Hash(), Height = 2, MinTime = Block.Parse(b1).Header.NTime + 1 };
        byte[] b2 = chain.MakeBlock(onB1, transactions: [], time: onB1.MinTime + 100);
        Assert.Equal(BlockVerdict.Accepted, chain.Node.SubmitBlock(b2));

        Assert.Equal(Block.Parse(b2).Hash(), chain.View.TipHash);
        Assert.Equal(3, chain.View.Height);
        Assert.Equal(waiting + Block.Parse(a1).Transactions.Length - 1, chain.View.Candidates.Count);
        Dictionary<string, long> coins = Premine(chain);
        new IndependentBlock(b1).Verify(1, root.TipHash.AsSpan().ToArray(), root.NBits, coins, 50_00000000);
        new IndependentBlock(b2).Verify(2, new IndependentBlock(b1).Hash, root.NBits, coins, 50_00000000);
        Assert.Equal(chain.Node.Coins().Count, coins.Count);
        Assert.Equal(
            [BlockState.Accepted, BlockState.Accepted, BlockState.Orphaned],
            chain.Node.ListBlocks(ListQuery.First).Items.Select(block => block.State));

        await chain.RestartAsync();
        Assert.Equal(Block.Parse(b2).Hash(), chain.View.TipHash);
        Assert.Equal(coins.Count, chain.Node.Coins().Count);
    }

    [Fact]
    [Trait("spec", "333")]
    public async Task A_longer_branch_with_a_bad_block_changes_nothing()
    {
        await using ChainFixture chain = new();
        NodeView root = chain.View;
        chain.Mine();
        U256 tip = chain.View.TipHash;
        IReadOnlyDictionary<OutPoint, Coin> coins = chain.Node.Coins();
        byte[] b1 = chain.MakeBlock(root, transactions: [], extranonce: 99);
        Assert.Equal(BlockVerdict.SideBranch, chain.Node.SubmitBlock(b1));
        NodeView onB1 = root with { TipHash = Block.Parse(b1).Hash(), Height = 2, MinTime = Block.Parse(b1).Header.NTime + 1 };

        // Its value can only be judged with the coins of its own branch.
        BlockVerdict verdict = chain.Node.SubmitBlock(chain.MakeBlock(onB1, transactions: [], time: onB1.MinTime + 100, change: parts => parts with { Value = parts.Value + 1 }));

        Assert.Equal("bad-cb-amount", verdict.Code);
        Assert.Equal(tip, chain.View.TipHash);
        Assert.Equal(coins.Order(ByOutPoint), chain.Node.Coins().Order(ByOutPoint));
        await chain.RestartAsync();
        Assert.Equal(tip, chain.View.TipHash);
    }

    [Fact]
    [Trait("spec", "333")]
    public async Task An_invalidated_tip_stays_invalid_over_a_restart()
    {
        await using ChainFixture chain = new();
        chain.Mine();
        U256 first = chain.View.TipHash;
        byte[] second = chain.Mine();

        chain.Node.InvalidateTip();

        Assert.Equal(first, chain.View.TipHash);
        Assert.Equal(2, chain.View.Height);
        Assert.Equal("duplicate-invalid", chain.Node.SubmitBlock(second).Code);
        await chain.RestartAsync();
        Assert.Equal(first, chain.View.TipHash);
        chain.Mine(extranonce: 5);
        Assert.Equal(3, chain.View.Height);
    }

    [Fact]
    public async Task The_genesis_block_cannot_be_invalidated()
    {
        await using ChainFixture chain = new();

        Assert.Throws<InvalidOperationException>(chain.Node.InvalidateTip);
    }

    [Fact]
    public async Task The_mempool_is_bounded_and_trickles_at_its_rate()
    {
        await using ChainFixture chain = new(ChainFixture.Easy(initial: 10, rate: 2, mempoolMax: 30));
        Assert.Equal(10, chain.View.Candidates.Count);

        chain.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(20, chain.View.Candidates.Count);

        chain.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(30, chain.View.Candidates.Count);

        chain.Mine();
        Assert.InRange(chain.View.Candidates.Count, 1, 2);
    }

    [Fact]
    public async Task The_mempool_refuses_what_cannot_be_mined()
    {
        await using ChainFixture chain = new(ChainFixture.Easy(initial: 0));
        OutPoint[] coins = [.. chain.Node.Coins().Where(coin => coin.Value.Script == SpendableScript.PayToWitness).Select(coin => coin.Key).Take(3)];

        Assert.Null(chain.Node.SubmitTransaction(Spend(coins[0], 9_99990000)));
        Assert.Equal("txn-already-in-mempool", chain.Node.SubmitTransaction(Spend(coins[0], 9_99990000)));
        Assert.Equal("txn-mempool-conflict", chain.Node.SubmitTransaction(Spend(coins[0], 9_99980000)));
        Assert.Equal("bad-txns-in-belowout", chain.Node.SubmitTransaction(Spend(coins[1], 10_00000001)));
        Assert.StartsWith("min relay fee not met", chain.Node.SubmitTransaction(Spend(coins[1], 10_00000000)), StringComparison.Ordinal);
        Assert.Equal("bad-txns-inputs-missingorspent", chain.Node.SubmitTransaction(Spend(new OutPoint(U256.MaxValue, 0), 1000)));
        Assert.StartsWith("non-BIP68-final", chain.Node.SubmitTransaction(Spend([coins[1]], 1000, sequence: 1)), StringComparison.Ordinal);
        Assert.Single(chain.View.Candidates);
    }

    [Fact]
    public async Task Candidates_stand_by_fee_rate_with_parents_before_their_children()
    {
        await using ChainFixture chain = new(ChainFixture.Easy(initial: 0));
        OutPoint[] coins = [.. chain.Node.Coins().Where(coin => coin.Value.Script == SpendableScript.PayToWitness).Select(coin => coin.Key).Take(3)];
        Transaction poorParent = Spend(coins[0], 9_99999800, SpendableScript.PayToWitness);
        Transaction richChild = Spend(new OutPoint(poorParent.Txid, 0), 9_99900000, SpendableScript.PayToWitness);
        Transaction middle = Spend(coins[1], 9_99998000);
        Transaction richest = Spend(coins[2], 9_99000000);
        foreach (Transaction transaction in (Transaction[])[middle, poorParent, richChild, richest])
            Assert.Null(chain.Node.SubmitTransaction(transaction));

        Assert.Equal(
            [richest.Txid, poorParent.Txid, richChild.Txid, middle.Txid],
            chain.View.Candidates.Select(candidate => candidate.Txid));
        Assert.Equal([1], chain.View.Candidates[2].Depends);
    }

    private static readonly IComparer<KeyValuePair<OutPoint, Coin>> ByOutPoint =
        Comparer<KeyValuePair<OutPoint, Coin>>.Create((a, b) => a.Key.Txid == b.Key.Txid ? a.Key.Index.CompareTo(b.Key.Index) : a.Key.Txid.CompareTo(b.Key.Txid));

    private static Dictionary<string, long> Premine(ChainFixture chain) =>
        new ChainParameters(chain.Options).Genesis is var genesis
            ? Enumerable.Range(0, genesis.Outputs.Length).ToDictionary(i => $"{genesis.Txid.ToDisplayString()}:{i}", i => (long)genesis.Outputs[i].Value)
            : [];

    private static Transaction Spend(OutPoint coin, ulong value, Script? to = null) => Spend([coin], value, to);

    private static Transaction Spend(OutPoint[] coins, ulong value, Script? to = null, uint sequence = 0xfffffffd) =>
        new(2, Array.ConvertAll(coins, coin => SpendableScript.Spend(coin, SpendableScript.PayToWitness, sequence)), [new TxOutput(value, to ?? Solver.Payout)], 0);

    private static Transaction SpendBare(OutPoint coin) =>
        new(2, [SpendableScript.Spend(coin, SpendableScript.Bare, 0xfffffffd)], [new TxOutput(1_00000000, Solver.Payout)], 0);

    private static Transaction SpendWithoutWitness(OutPoint coin) =>
        new(2, [new TxInput(coin, default, 0xfffffffd, default)], [new TxOutput(1000, Solver.Payout)], 0);

    private static Transaction WithSigops(OutPoint coin, int sigops) => WithOutput(coin, [.. Enumerable.Repeat((byte)0xac, sigops)]);

    private static Transaction WithOutputBytes(OutPoint coin, int bytes) => WithOutput(coin, new byte[bytes]);

    private static Transaction WithOutput(OutPoint coin, byte[] script) =>
        new(2, [SpendableScript.Spend(coin, SpendableScript.PayToWitness, 0xfffffffd)], [new TxOutput(1000, new Script(script))], 0);
}
