using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

/// <summary>Templates, outputs and messages that the tests of the client are made of.</summary>
internal static class Samples
{
    public const int LocalSize = 12;
    public const uint NBits = 0x1a00ffff;

    /// <summary>P2WPKH, the pool's payout.</summary>
    public static readonly Script PoolScript = new(Convert.FromHexString("0014000102030405060708090a0b0c0d0e0f10111213"));

    /// <summary>OP_RETURN X and Y of example A (6.4.3).</summary>
    public static readonly Script DataX = new(Convert.FromHexString("6a0158"));

    public static readonly Script DataY = new(Convert.FromHexString("6a0159"));

    /// <summary>P2PKH, which costs four signature operations.</summary>
    public static readonly Script OwnScript = new(Convert.FromHexString("76a914000102030405060708090a0b0c0d0e0f1011121388ac"));

    public static readonly byte[] Prefix = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7];

    public static U256 Hash(int number) => Sha256d.Hash(BitConverter.GetBytes(number));

    public static ChainTip Tip(int number = 1) => new(Hash(number), 1_800_000_000, NBits, new CompactTarget(NBits).ToTarget());

    /// <summary>A template over these transactions.</summary>
    public static ProvidedTemplate Template(ulong id = 1, bool future = false, ulong revenue = 50_0000_0000, params byte[][] transactions)
    {
        TxOutput commitment = WitnessCommitment.Output(WitnessCommitment.Compute(Array.ConvertAll(transactions, bytes => Transaction.Parse(bytes).Wtxid)));
        U256[] txids = Array.ConvertAll(transactions, bytes => Transaction.Parse(bytes).Txid);
        NewTemplate message = new()
        {
            TemplateId = id,
            FutureTemplate = future,
            Version = 0x2000_0000,
            CoinbaseTxVersion = 2,
            CoinbasePrefix = CoinbaseRules.HeightPush(777),
            CoinbaseTxInputSequence = 0xffff_fffe,
            CoinbaseTxValueRemaining = revenue,
            CoinbaseTxOutputsCount = 1,
            CoinbaseTxOutputs = TxOutput.SerializeUnprefixed([commitment]),
            CoinbaseTxLocktime = 776,
            MerklePath = MerklePath.OfCoinbase(txids),
        };
        return new ProvidedTemplate(new ConnectionString("127.0.0.1", 8442, null), 1, message, DateTimeOffset.UnixEpoch);
    }

    /// <summary>A transaction with a witness, so that txid and wtxid differ.</summary>
    public static byte[] Tx(int number)
    {
        TxInput input = new(new OutPoint(Hash(number), 0), new Script(Array.Empty<byte>()), 0xffff_ffff, [ByteString.Wrap(new byte[] { 1, (byte)number })]);
        return new Transaction(2, [input], [new TxOutput(1000, DataX)], 0).ToBytes();
    }

    public static DeclaredTransactions Declared(params byte[][] transactions) => DeclaredTransactions.Of(
        new TransactionData(new byte[] { 0xee, 0xdd }, Array.ConvertAll(transactions, bytes => (ByteString)bytes)));

    /// <summary>Tokens' outputs: the payout and further ones, all worth nothing.</summary>
    public static ByteString Outputs(params Script[] further) =>
        TxOutput.SerializePrefixed((TxOutput[])[new TxOutput(0, PoolScript), .. further.Select(script => new TxOutput(0, script))]);

    public static AllocateMiningJobTokenSuccess Token(uint requestId, byte token, ByteString? outputs = null) =>
        new() { RequestId = requestId, MiningJobToken = new[] { token }, CoinbaseTxOutputs = outputs ?? Outputs() };
}
