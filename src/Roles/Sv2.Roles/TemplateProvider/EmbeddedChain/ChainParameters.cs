using System.Text;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>
/// The rules of one embedded chain. They are Bitcoin's, except that the difficulty never changes, that the outputs of the
/// genesis block can be spent at once, and that the only scripts that can be spent are those of <see cref="SpendableScript"/>.
/// </summary>
internal sealed class ChainParameters
{
    /// <summary>Blocks between two halvings of the subsidy. As on mainnet: at 8 s a block regtest's 150 would be over in a day.</summary>
    public const uint HalvingInterval = 210_000;

    /// <summary>How many of the newest blocks can be taken back; a branch that leaves the best chain earlier is not followed.</summary>
    public const int ReorganisationDepthMax = 1000;

    private const ulong PremineOutputValue = 10 * TxOutput.SatoshisPerBitcoin;
    /// <summary>Version of every block: version bits, none of them set (BIP 9).</summary>
    public const uint BlockVersion = 0x20000000;

    // 2025-01-01. Any time long past does: a first block may then carry any time since.
    private const uint GenesisTime = 1_735_689_600;

    public ChainParameters(EmbeddedChainOptions options)
    {
        NBits = CompactTarget.FromTarget(Bitcoin.Target.FromHashesPerShare(options.HashesPerBlock)).NBits;
        Target = new CompactTarget(NBits).ToTarget();
        CoinbaseMaturity = options.CoinbaseMaturity;
        Genesis = MakeGenesis(options);
        Network = Network.Regtest with
        {
            PowLimit = Target,
            Genesis = new BlockHeader(BlockVersion, U256.Zero, Genesis.Txid, GenesisTime, NBits, 0),
            SubsidyHalvingInterval = HalvingInterval,
        };
    }

    /// <summary>
    /// The parameters that the block checks ask for. The genesis block among them is agreed upon, not mined: its hash need not
    /// meet the target.
    /// </summary>
    public Network Network { get; }

    /// <summary>Compact target of every block.</summary>
    public uint NBits { get; }

    public U256 Target { get; }

    public int CoinbaseMaturity { get; }

    /// <summary>The only transaction of the genesis block: its outputs are the premine.</summary>
    public Transaction Genesis { get; }

    /// <summary>Every parameter goes into the genesis block, so that chains with different rules never meet.</summary>
    private static Transaction MakeGenesis(EmbeddedChainOptions options)
    {
        byte[] text = Encoding.ASCII.GetBytes($"sv2 embedded chain, {options.HashesPerBlock} hashes, maturity {options.CoinbaseMaturity}");
        TxInput input = new(OutPoint.Null, new Script(ByteString.Wrap((byte[])[0, (byte)text.Length, .. text])), uint.MaxValue, default);
        TxOutput[] outputs = new TxOutput[options.PremineOutputs];
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = new TxOutput(PremineOutputValue, i % 4 == 0 ? SpendableScript.Bare : SpendableScript.PayToWitness);
        return new Transaction(1, [input], outputs, 0);
    }
}
