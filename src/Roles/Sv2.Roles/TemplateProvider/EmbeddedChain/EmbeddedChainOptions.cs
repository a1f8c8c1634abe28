using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>How the in-process chain is. The first three belong to the chain itself and cannot change once it has begun.</summary>
public sealed class EmbeddedChainOptions
{
    /// <summary>
    /// Hashes that a block takes on average; the difficulty never changes. The default keeps a device of 2 MH/s busy for some
    /// eight seconds. 2 is the easiest, for tests.
    /// </summary>
    [Range(2d, 18446744073709551615d)]
    public ulong HashesPerBlock { get; init; } = 1 << 24;

    /// <summary>Confirmations after which the reward of a block can be spent; 100 in Bitcoin. The premine is not bound by it.</summary>
    [Range(1, 1000)]
    public int CoinbaseMaturity { get; init; } = 100;

    /// <summary>Outputs of the genesis block, 10 BTC each, from which the mempool is fed from the first second.</summary>
    [Range(1, 10_000)]
    public int PremineOutputs { get; init; } = 512;

    /// <summary>Synthetic transactions that reach the mempool each second; 0 for none.</summary>
    [Range(0d, 1000d)]
    public double TransactionsPerSecond { get; init; } = 2;

    /// <summary>Synthetic transactions that are there at the start, so that the first template is not empty.</summary>
    [Range(0, 5000)]
    public int InitialTransactions { get; init; } = 40;

    /// <summary>Most transactions in the mempool; the synthetic ones pause when it is full.</summary>
    [Range(0, 100_000)]
    public int MempoolTransactionsMax { get; init; } = 5000;

    /// <summary>Seed of the synthetic transactions, for repeatable runs; null for a different stream each time.</summary>
    public int? Seed { get; init; }

    /// <summary>Whether other programs of this machine may ask the chain by JSON-RPC, as they would ask Bitcoin Core.</summary>
    [Required]
    public EmbeddedRpcOptions Rpc { get; init; } = new();
}

/// <summary>The JSON-RPC face of the embedded chain.</summary>
public sealed class EmbeddedRpcOptions
{
    /// <summary>Whether it is served.</summary>
    public bool Enabled { get; init; }

    /// <summary>Loopback address and port to listen on; port 0 takes a free one.</summary>
    [Required]
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 18443);

    /// <summary>
    /// File with the user and the password that callers need, written anew at each start, for its owner's eyes only. Null for
    /// <c>.cookie</c> in the data folder.
    /// </summary>
    public string? CookieFile { get; init; }
}
