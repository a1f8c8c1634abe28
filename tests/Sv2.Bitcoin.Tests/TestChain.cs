using Sv2.Protocol;

namespace Sv2.Bitcoin.Tests;

/// <summary>A block on regtest that passes every check, to be broken in one place by a test.</summary>
internal static class TestChain
{
    public const uint Height = 200;
    public const uint MedianTimePast = 1_755_700_000;
    public const ulong InputValue = 10_000;
    public const ulong Fee = 500;

    public static readonly Network Network = Network.Regtest;

    public static BlockContext Context { get; } = new()
    {
        Network = Network,
        Height = Height,
        PrevHash = Network.Genesis.Hash(),
        NBits = Network.Genesis.NBits,
        MedianTimePast = MedianTimePast,
        Now = DateTimeOffset.FromUnixTimeSeconds(MedianTimePast + 600),
        FindOutput = static outPoint => outPoint.Index == 0 ? new TxOutput(InputValue, Script.PayToWitness(0, new byte[20])) : null,
    };

    /// <summary>Spends an output that <see cref="Context"/> knows, with a witness.</summary>
    public static Transaction Spend(byte id) => new(
        2,
        [new TxInput(new OutPoint(U256.FromLimbs(id), 0), default, 0xffff_fffd, [new byte[] { id, 1 }, new byte[33]])],
        [new TxOutput(InputValue - Fee, Script.PayToPublicKeyHash(new byte[20]))],
        0);

    public static Block Mine(int spends = 3, Func<CoinbaseTemplate, CoinbaseTemplate>? changeCoinbase = null)
    {
        Transaction[] others = [.. Enumerable.Range(1, spends).Select(id => Spend((byte)id))];
        U256 commitment = WitnessCommitment.Compute(Array.ConvertAll(others, static other => other.Wtxid));
        CoinbaseTemplate template = new()
        {
            Version = 2,
            CoinbasePrefix = CoinbaseRules.HeightPush(Height),
            Sequence = uint.MaxValue,
            Outputs =
            [
                new TxOutput(Network.Subsidy(Height) + (ulong)spends * Fee, Script.PayToWitness(1, new byte[32])),
                WitnessCommitment.Output(commitment),
            ],
            LockTime = 0,
        };
        Transaction coinbase = Transaction.Parse((changeCoinbase?.Invoke(template) ?? template).Split(8).Full(new byte[8], []));
        return Mine([coinbase, .. others]);
    }

    public static Block Mine(ReadOnlySpan<Transaction> transactions, Func<BlockHeader, BlockHeader>? change = null)
    {
        U256[] txids = new U256[transactions.Length];
        for (int i = 0; i < txids.Length; i++)
            txids[i] = transactions[i].Txid;
        BlockHeader header = new(0x20000000, Context.PrevHash, MerkleTree.Root(txids), MedianTimePast + 1, Context.NBits, 0);
        return new Block(Work(change?.Invoke(header) ?? header, works: true), transactions);
    }

    /// <summary>Finds a nonce whose hash meets the header's target, or one that does not.</summary>
    public static BlockHeader Work(BlockHeader header, bool works)
    {
        while (BlockCheck.ProofOfWork(header, Network) is var fault && fault?.Code != "bad-diffbits" && (fault is null) != works)
            header = header with { Nonce = header.Nonce + 1 };
        return header;
    }
}
