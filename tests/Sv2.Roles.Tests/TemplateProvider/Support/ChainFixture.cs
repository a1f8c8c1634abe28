using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.Hosting;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.TemplateProvider.Support;

/// <summary>An embedded chain in a folder of its own, with a clock that stands still and blocks that cost two hashes.</summary>
internal sealed class ChainFixture : IAsyncDisposable, INodeObserver
{
    private readonly TemporaryFolder _folder = new();
    private readonly ILoggerFactory _loggerFactory;

    public ChainFixture(EmbeddedChainOptions? options = null, ILoggerFactory? loggerFactory = null)
    {
        Options = options ?? Easy();
        _loggerFactory = loggerFactory ?? NullLoggerFactory.Instance;
        Node = Open();
    }

    public EmbeddedChainOptions Options { get; }

    public ManualTimeProvider Clock { get; } = new();

    public EmbeddedNode Node { get; private set; }

    public int TipChanges { get; private set; }

    public string BlockFilePath => Path.Combine(_folder.Path, EmbeddedNode.BlockFileName);

    public NodeView View => Node.CurrentView() ?? throw new InvalidOperationException("the node is not ready");

    public static EmbeddedChainOptions Easy(int maturity = 100, int initial = 40, double rate = 0, int mempoolMax = 5000, int premine = 512) => new()
    {
        HashesPerBlock = 2,
        CoinbaseMaturity = maturity,
        InitialTransactions = initial,
        TransactionsPerSecond = rate,
        MempoolTransactionsMax = mempoolMax,
        PremineOutputs = premine,
        Seed = 7,
    };

    /// <summary>Closes the node as a process that ends would, and opens the folder again.</summary>
    public async Task RestartAsync()
    {
        await Node.DisposeAsync();
        Node = Open();
    }

    public EmbeddedNode Open(EmbeddedChainOptions? options = null)
    {
        EmbeddedNode node = new(options ?? Options, _folder.Path, Clock, _loggerFactory);
        node.StartAsync(this, default).GetAwaiter().GetResult();
        return node;
    }

    /// <summary>A solved block on the tip, with all candidates.</summary>
    public byte[] MakeBlock(NodeView? view = null, ulong extranonce = 0, uint? time = null, IReadOnlyList<CandidateTransaction>? transactions = null, Func<BlockParts, BlockParts>? change = null)
    {
        view ??= View;
        transactions ??= view.Candidates;
        Transaction[] taken = [.. transactions.Select(candidate => Transaction.Parse(candidate.Data.Span))];
        BlockParts parts = new(
            (uint)view.Height,
            (ulong)(view.Subsidy + transactions.Sum(transaction => transaction.Fee)),
            view.TipHash,
            time ?? Math.Max(view.MinTime, (uint)Clock.GetUtcNow().ToUnixTimeSeconds()),
            view.NBits,
            taken,
            extranonce);
        return (change?.Invoke(parts) ?? parts).Solve();
    }

    /// <summary>Mines one block and expects it to be accepted.</summary>
    public byte[] Mine(ulong extranonce = 0)
    {
        byte[] block = MakeBlock(extranonce: extranonce);
        Assert.Equal(BlockVerdict.Accepted, Node.SubmitBlock(block));
        Clock.Advance(TimeSpan.FromSeconds(1));
        return block;
    }

    public void OnTipChanged() => TipChanges++;

    public void OnNodeChanged()
    {
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>What a block is made of; a test bends one part and solves the rest around it.</summary>
internal sealed record BlockParts(uint Height, ulong Value, U256 PrevHash, uint Time, uint NBits, Transaction[] Transactions, ulong Extranonce)
{
    public byte[]? ScriptSigStart { get; init; }

    public U256? MerkleRoot { get; init; }

    public U256? Commitment { get; init; }

    public bool HasWitness { get; init; } = true;

    public uint LockTime { get; init; }

    public Script Payout { get; init; } = Solver.Payout;

    public bool MeetsTarget { get; init; } = true;

    public byte[] Solve()
    {
        U256 commitment = Commitment ?? WitnessCommitment.Compute(Array.ConvertAll(Transactions, transaction => transaction.Wtxid));
        byte[] scriptSig = [.. ScriptSigStart ?? CoinbaseRules.HeightPush(Height), .. BitConverter.GetBytes(Extranonce)];
        TxInput input = new(OutPoint.Null, new Script(scriptSig), 0xfffffffe, HasWitness ? [ByteString.Wrap(new byte[32])] : default);
        Transaction coinbase = new(2, [input], [new TxOutput(Value, Payout), WitnessCommitment.Output(commitment)], LockTime);
        Transaction[] all = [coinbase, .. Transactions];
        U256 root = MerkleRoot ?? MerkleTree.Root(Array.ConvertAll(all, transaction => transaction.Txid));
        BlockHeader header = new(0x20000000, PrevHash, root, Time, NBits, 0);
        U256 target = new CompactTarget(NBits).ToTarget();
        while (header.Hash() <= target != MeetsTarget)
            header = header with { Nonce = header.Nonce + 1 };
        return new Block(header, all).ToBytes();
    }
}
