using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Mining.Tests;

/// <summary>Templates and tips to feed a mining server with.</summary>
internal static class Templates
{
    public const uint BlockVersion = 0x2000_0000;
    public const uint NBits = 0x1d00ffff;
    public const uint StartTime = 1_787_227_200; // 2026-08-20 12:00 UTC, where the tests' clock starts

    public static readonly ByteString PayoutScript = ByteString.FromHex("0014000102030405060708090a0b0c0d0e0f10111213");
    public static readonly ByteString CommitmentScript = ByteString.FromHex("6a24aa21a9ed202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f");

    public static Seq<TxOutput> PayAll(ulong value) => (TxOutput[])[new TxOutput(value, new Script(PayoutScript))];

    public static NewTemplate Template(ulong id, bool future, int pathLength = 2, uint version = BlockVersion)
    {
        TxOutput[] outputs = [new TxOutput(0, new Script(CommitmentScript))];
        return new NewTemplate
        {
            TemplateId = id,
            FutureTemplate = future,
            Version = version,
            CoinbaseTxVersion = 2,
            CoinbasePrefix = ByteString.FromHex("03400d0c"),
            CoinbaseTxInputSequence = 0xffff_ffff,
            CoinbaseTxValueRemaining = 312_500_000,
            CoinbaseTxOutputsCount = (uint)outputs.Length,
            CoinbaseTxOutputs = TxOutput.SerializeUnprefixed(outputs),
            CoinbaseTxLocktime = 0,
            MerklePath = (U256[])[.. Enumerable.Range(0, pathLength).Select(step => Hash((uint)id, step))],
        };
    }

    public static ChainTip Tip(uint number, uint minNTime = StartTime, U256? target = null) =>
        new(Hash(number, -1), minNTime, NBits, target ?? U256.FromLimbs(1));

    public static U256 Hash(uint number, int salt) =>
        Sha256d.Hash([.. BitConverter.GetBytes(number), .. BitConverter.GetBytes(salt)]);

    /// <summary>A target that takes 2^<paramref name="bits"/> hashes on average.</summary>
    public static U256 Easy(int bits) => Target.FromHashesPerShare(Math.ScaleB(1, bits));
}
