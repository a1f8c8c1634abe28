using Sv2.Protocol;

namespace Sv2.Bitcoin.Tests;

public sealed class BlockCheckTests
{
    private static string? Code(Block block, BlockContext? context = null) => BlockCheck.Full(block, context ?? TestChain.Context)?.Code;

    private static Block Replace(Block block, int index, Transaction transaction)
    {
        Transaction[] transactions = block.Transactions.ToArray();
        transactions[index] = transaction;
        return TestChain.Mine(transactions);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [Trait("spec", "312")]
    [Trait("spec", "313")]
    public void A_good_block_passes_and_survives_serialization(int spends)
    {
        Block block = TestChain.Mine(spends);

        Assert.Null(BlockCheck.Full(block, TestChain.Context));
        Block again = Block.Parse(block.ToBytes());
        Assert.Null(BlockCheck.Full(again, TestChain.Context));
        Assert.Equal(block.ToBytes(), again.ToBytes());
        Assert.Equal(block.Weight, again.Weight);
        Assert.Equal(4 * (80 + 1) + block.Transactions.ToArray().Sum(t => 3 * t.StrippedSize + t.Size), block.Weight);
    }

    [Fact]
    public void Without_knowledge_of_spent_outputs_the_value_is_not_checked()
    {
        Block greedy = TestChain.Mine(2, template => template with
        {
            Outputs = [template.Outputs[0] with { Value = template.Outputs[0].Value + 1 }, template.Outputs[1]],
        });

        Assert.Equal("bad-cb-amount", Code(greedy));
        Assert.Null(Code(greedy, TestChain.Context with { FindOutput = null }));
    }

    [Fact]
    [Trait("spec", "315")]
    public void A_coinbase_may_pay_less_than_subsidy_and_fees() =>
        Assert.Null(Code(TestChain.Mine(2, template => template with
        {
            Outputs = [template.Outputs[0] with { Value = 0 }, template.Outputs[1]],
        })));

    [Fact]
    public void A_hash_above_the_target_is_refused()
    {
        Block block = TestChain.Mine();

        Assert.Equal("high-hash", Code(new Block(TestChain.Work(block.Header, works: false), block.Transactions)));
    }

    [Theory]
    [InlineData(0x00000000u)]
    [InlineData(0x21000001u)] // easier than the network allows
    [InlineData(0x04923456u)]
    public void Nbits_that_are_no_target_are_refused(uint nBits) =>
        Assert.Equal("bad-diffbits", Code(TestChain.Mine(TestChain.Mine().Transactions, header => header with { NBits = nBits })));

    [Fact]
    public void Nbits_other_than_the_chains_are_refused() =>
        Assert.Equal("bad-diffbits", Code(TestChain.Mine(TestChain.Mine().Transactions, header => header with { NBits = 0x207ffffe })));

    [Fact]
    public void A_wrong_merkle_root_is_refused() =>
        Assert.Equal("bad-txnmrklroot", Code(TestChain.Mine(TestChain.Mine().Transactions, header => header with { MerkleRoot = U256.MaxValue })));

    [Fact]
    public void Transactions_repeated_without_changing_the_merkle_root_are_refused()
    {
        Block block = TestChain.Mine(spends: 2);
        Transaction[] repeated = [.. block.Transactions, block.Transactions[^1]];

        Block mutated = new(block.Header, repeated);

        Assert.Equal(block.Header.MerkleRoot, MerkleTree.Root(mutated.Txids()));
        Assert.Equal("bad-txns-duplicate", Code(mutated));
    }

    [Fact]
    public void A_witness_changed_after_the_fact_is_refused()
    {
        Block block = TestChain.Mine();
        Transaction old = block.Transactions[2];
        Transaction changed = new(old.Version, [old.Inputs[0] with { Witness = [new byte[] { 9 }] }], old.Outputs, old.LockTime);

        Assert.Equal(old.Txid, changed.Txid);
        Assert.Equal("bad-witness-merkle-match", Code(Replace(block, 2, changed)));
    }

    [Fact]
    public void A_commitment_without_a_coinbase_witness_is_refused()
    {
        Block block = TestChain.Mine();
        Transaction stripped = Transaction.Parse(block.Transactions[0].ToBytes(includeWitness: false));

        Assert.Equal("bad-witness-nonce-size", Code(Replace(block, 0, stripped)));
    }

    [Fact]
    public void Witnesses_without_a_commitment_are_refused() =>
        Assert.Equal("unexpected-witness", Code(TestChain.Mine(2, template => template with { Outputs = [template.Outputs[0]] })));

    [Fact]
    public void A_wrong_height_is_refused() =>
        Assert.Equal("bad-cb-height", Code(TestChain.Mine(2, template => template with { CoinbasePrefix = CoinbaseRules.HeightPush(TestChain.Height + 1) })));

    [Fact]
    public void A_block_on_another_tip_is_refused() =>
        Assert.Equal("bad-prevblk", Code(TestChain.Mine(), TestChain.Context with { PrevHash = U256.MaxValue }));

    [Fact]
    [Trait("spec", "205")]
    public void Times_outside_the_consensus_limits_are_refused()
    {
        uint latest = (uint)(TestChain.Context.Now + BlockCheck.MaxFutureBlockTime).ToUnixTimeSeconds();
        Block At(uint time) => TestChain.Mine(TestChain.Mine().Transactions, header => header with { NTime = time });

        Assert.Equal("time-too-old", Code(At(TestChain.MedianTimePast)));
        Assert.Null(Code(At(TestChain.MedianTimePast + 1)));
        Assert.Null(Code(At(latest)));
        Assert.Equal("time-too-new", Code(At(latest + 1)));
    }

    [Fact]
    public void Two_coinbases_or_none_are_refused()
    {
        Block block = TestChain.Mine();
        Transaction other = TestChain.Mine(spends: 1).Transactions[0];

        Assert.Equal("bad-cb-multiple", Code(Replace(block, 1, other)));
        Assert.Equal("bad-cb-missing", Code(Replace(block, 0, TestChain.Spend(77))));
        Assert.Equal("bad-blk-length", Code(TestChain.Mine([])));
    }

    [Fact]
    public void Spending_an_output_twice_or_one_that_is_not_there_is_refused()
    {
        Transaction missing = new(2, [new TxInput(new OutPoint(U256.FromLimbs(1), 5), default, 0, [])], TestChain.Spend(1).Outputs, 0);
        Transaction again = new(2, [TestChain.Spend(2).Inputs[0] with { Witness = [] }], [new TxOutput(1, default)], 0);
        Transaction twice = new(2, [TestChain.Spend(9).Inputs[0], TestChain.Spend(9).Inputs[0]], TestChain.Spend(1).Outputs, 0);
        Transaction greedy = new(2, [TestChain.Spend(3).Inputs[0]], [new TxOutput(TestChain.InputValue + 1, default)], 0);

        Assert.Equal("bad-txns-inputs-missingorspent", Code(WithLast(missing)));
        Assert.Equal("bad-txns-inputs-missingorspent", Code(WithLast(again)));
        Assert.Equal("bad-txns-inputs-duplicate", Code(WithLast(twice)));
        Assert.Equal("bad-txns-in-belowout", Code(WithLast(greedy)));
    }

    [Fact]
    public void An_output_of_the_same_block_can_be_spent_after_it_was_made()
    {
        Transaction child = new(
            2,
            [new TxInput(new OutPoint(TestChain.Spend(2).Txid, 0), default, 0, [])],
            [new TxOutput(TestChain.InputValue - (2 * TestChain.Fee), default)],
            0);

        Assert.Null(Code(WithLast(child)));
    }

    [Fact]
    public void Amounts_beyond_all_coins_are_refused()
    {
        Transaction rich = new(2, TestChain.Spend(3).Inputs, [new TxOutput(ulong.MaxValue, default), new TxOutput(2, default)], 0);

        Assert.Equal("bad-txns-txouttotal-toolarge", Code(WithLast(rich)));
    }

    [Fact]
    public void Too_many_signature_operations_are_refused()
    {
        // 20 001 checks cost 80 004 of 80 000.
        Transaction costly = new(2, TestChain.Spend(3).Inputs, [new TxOutput(1, new Script(Enumerable.Repeat((byte)0xac, 20_001).ToArray()))], 0);

        Assert.Equal("bad-blk-sigops", Code(WithLast(costly)));
    }

    [Fact]
    public void Signature_operations_of_spent_outputs_count()
    {
        byte[] witnessScript = [.. Enumerable.Repeat((byte)0xac, 79_993)]; // and 8 for the two public key hashes
        Transaction costly = new(2, [TestChain.Spend(3).Inputs[0] with { Witness = [witnessScript] }], [new TxOutput(1, default)], 0);
        Block block = WithLast(costly);
        Script toScript = Script.PayToWitness(0, new byte[32]);

        Assert.Null(Code(block));
        Assert.Equal("bad-blk-sigops", Code(block, TestChain.Context with { FindOutput = _ => new TxOutput(TestChain.InputValue, toScript) }));
    }

    [Fact]
    public void A_block_that_is_too_heavy_is_refused()
    {
        Transaction heavy = new(2, TestChain.Spend(3).Inputs, [new TxOutput(1, new Script(new byte[1_000_000]))], 0);

        Assert.Equal("bad-blk-weight", Code(WithLast(heavy)));
    }

    [Fact]
    public void Sigop_costs_follow_BIP_141()
    {
        Script keyHash = Script.PayToWitness(0, new byte[20]);
        Script multisig = Script.FromHex("5221" + new string('0', 66) + "21" + new string('0', 66) + "52ae");
        TxInput input = TestChain.Spend(1).Inputs[0];
        TxInput redeem = input with { ScriptSig = new Script((byte[])[0, (byte)multisig.Length, .. multisig.Span]) };

        Assert.Equal(1, SigopCost.OfInput(input, keyHash));
        Assert.Equal(2, SigopCost.OfInput(input with { Witness = [multisig.Bytes] }, Script.PayToWitness(0, new byte[32])));
        Assert.Equal(0, SigopCost.OfInput(input, Script.PayToWitness(1, new byte[32])));
        Assert.Equal(8, SigopCost.OfInput(redeem, Script.PayToScriptHash(new byte[20])));
        Assert.Equal(1, SigopCost.OfInput(input with { ScriptSig = new Script((byte[])[22, .. keyHash.Span]) }, Script.PayToScriptHash(new byte[20])));
        Assert.Equal(0, SigopCost.OfInput(input, Script.PayToPublicKeyHash(new byte[20])));
        Assert.Equal(2, multisig.CountSigops(accurate: true));
        Assert.Equal(20, multisig.CountSigops(accurate: false));
    }

    // A good block with one more transaction at its end, and the commitment made to fit.
    private static Block WithLast(Transaction last)
    {
        Block block = TestChain.Mine(spends: 2);
        U256 commitment = WitnessCommitment.Compute([block.Transactions[1].Wtxid, block.Transactions[2].Wtxid, last.Wtxid]);
        Transaction old = block.Transactions[0];
        Transaction coinbase = new(old.Version, old.Inputs, [old.Outputs[0], WitnessCommitment.Output(commitment)], old.LockTime);
        return TestChain.Mine([coinbase, block.Transactions[1], block.Transactions[2], last]);
    }
}
