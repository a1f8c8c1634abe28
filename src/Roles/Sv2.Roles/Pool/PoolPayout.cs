using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.Pool;

/// <summary>Who is paid by the coinbases of this pool, and the room their outputs need in a template.</summary>
internal sealed class PoolPayout
{
    // The largest output an address can stand for: value, length, and a witness program of 32 bytes.
    private const uint AddressOutputSizeMax = 8 + 1 + 34;

    // A script that pays to a key's hash holds one OP_CHECKSIG, which counts four times.
    private const int AddressSigopsMax = 4;

    private readonly SoloOptions _solo;

    public PoolPayout(PoolOptions options)
    {
        Network = NetworkOf(options);
        Script = ScriptOf(options, Network);
        _solo = options.Solo;
    }

    /// <summary>The network that addresses belong to.</summary>
    public Network Network { get; }

    /// <summary>The pool's own output script.</summary>
    public Script Script { get; }

    /// <summary>What template providers must leave room for (7.1).</summary>
    public CoinbaseOutputConstraints Constraints
    {
        get
        {
            (uint size, ushort sigops) = CoinbaseRules.Constraints([new TxOutput(0, Script)]);
            if (_solo.Enabled) (size, sigops) = (size + AddressOutputSizeMax, (ushort)Math.Min(sigops + AddressSigopsMax, ushort.MaxValue));
            return new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = size, CoinbaseOutputMaxAdditionalSigops = sigops };
        }
    }

    /// <summary>Everything to the pool.</summary>
    public Seq<TxOutput> ToPool(ulong value) => [new TxOutput(value, Script)];

    /// <summary>Everything but the fee to a miner's address.</summary>
    public Seq<TxOutput> ToMiner(Script miner, ulong value)
    {
        ulong fee = Math.Min(value, (ulong)(value * (decimal)_solo.FeePercent / 100));
        return fee == 0 ? [new TxOutput(value, miner)] : [new TxOutput(value - fee, miner), new TxOutput(fee, Script)];
    }

    /// <summary>The address that a solo miner's coinbase pays first; its script in hex where it has none.</summary>
    public string NameOf(Seq<TxOutput> outputs) =>
        outputs.Count == 0 ? "" : Address.TryFormat(outputs[0].Script, Network, out string? address) ? address : outputs[0].Script.ToString();

    /// <summary>What is wrong with the payout of a configuration; null when it is right.</summary>
    public static string? Fault(PoolOptions options)
    {
        if (!Network.TryGet(options.Network, out Network? network)) return null; // The network's own key is at fault.
        return OutputDescriptor.TryParse(options.Payout, network, out _, out string? error) ? null : error;
    }

    private static Network NetworkOf(PoolOptions options) =>
        Network.TryGet(options.Network, out Network? network)
            ? network
            : throw new ConfigurationException("network", $"'{options.Network}' is not a known network", "give main, testnet4, signet or regtest");

    private static Script ScriptOf(PoolOptions options, Network network) =>
        OutputDescriptor.TryParse(options.Payout, network, out OutputDescriptor? descriptor, out string? error)
            ? descriptor.Script
            : throw new ConfigurationException("payout", error, "give an address of the network or a descriptor");
}
