using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaration;

namespace Sv2.Roles.Tests.JobDeclaration;

/// <summary>The coinbase of a declaration, against a vector that other software has agreed with, and bent in every way.</summary>
public sealed class DeclaredCoinbaseTests
{
    private const string Prefix = "020000000001010000000000000000000000000000000000000000000000000000000000000000ffffffff1403400d0c";
    private const string Outputs = "02205fa01200000000160014000102030405060708090a0b0c0d0e0f101112130000000000000000266a24aa21a9ed202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";
    private const string Witness = "01200000000000000000000000000000000000000000000000000000000000000000";
    private const string Suffix = "ffffffff" + Outputs + Witness + "00000000";
    private const string Extranonce = "a1a2a3a4a5a6a7a80102030405060708";

    [Fact]
    [Trait("spec", "275")]
    [Trait("spec", "276")]
    [Trait("spec", "396")]
    public void The_extranonce_fills_the_hole_that_the_scriptSig_leaves()
    {
        DeclaredCoinbase coinbase = Read(Prefix, Suffix);

        Assert.Equal(16, coinbase.ExtranonceSize);
        Assert.Equal("03400d0c", coinbase.Template.CoinbasePrefix.ToString());
        Assert.Equal(2u, coinbase.Template.Version);
        Assert.Equal(uint.MaxValue, coinbase.Template.Sequence);
        Assert.Equal(0u, coinbase.Template.LockTime);
        Assert.Equal(Outputs, TxOutput.SerializePrefixed(coinbase.Outputs).ToString());
        Transaction whole = Transaction.Parse(coinbase.Split.Full(Convert.FromHexString(Extranonce), []));
        Assert.Equal("48aa48b8394d95d20e69f95b51fad89c4a989f7122411807e54bbaccdce7df93", whole.Txid.ToString());
    }

    [Fact]
    public void A_coinbase_without_segwit_is_read_too()
    {
        const string legacyOutputs = "01205fa01200000000160014000102030405060708090a0b0c0d0e0f10111213";

        DeclaredCoinbase coinbase = Read(Prefix.Remove(8, 4), "ffffffff" + legacyOutputs + "00000000");

        Assert.False(coinbase.Split.HasWitness);
        Assert.Equal(16, coinbase.ExtranonceSize);
    }

    [Theory]
    [Trait("spec", "275")]
    // Stripped of the BIP 141 fields, though an output commits to witnesses.
    [InlineData("02000000010000000000000000000000000000000000000000000000000000000000000000ffffffff1403400d0c", "ffffffff" + Outputs + "00000000", "coinbase_tx_suffix")]
    // Cut off before the scriptSig.
    [InlineData("0200000000010100", Suffix, "coinbase_tx_prefix")]
    [InlineData("", Suffix, "coinbase_tx_prefix")]
    // A scriptSig of 101 bytes; one shorter than what is there; one with nine bytes before the extranonce; a hole of 33.
    [InlineData("020000000001010000000000000000000000000000000000000000000000000000000000000000ffffffff6503400d0c", Suffix, "coinbase_tx_prefix")]
    [InlineData("020000000001010000000000000000000000000000000000000000000000000000000000000000ffffffff0303400d0c", Suffix, "coinbase_tx_prefix")]
    [InlineData("020000000001010000000000000000000000000000000000000000000000000000000000000000ffffffff1403400d0c0000000000", Suffix, "coinbase_tx_prefix")]
    [InlineData("020000000001010000000000000000000000000000000000000000000000000000000000000000ffffffff2503400d0c", Suffix, "coinbase_tx_prefix")]
    // It spends something.
    [InlineData("020000000001010000000000000000000000000000000000000000000000000000000000000001ffffffff1403400d0c", Suffix, "coinbase_tx_suffix")]
    // No outputs; half an output; a witness of another form; bytes after the end.
    [InlineData(Prefix, "ffffffff00" + Witness + "00000000", "coinbase_tx_suffix")]
    [InlineData(Prefix, "ffffffff0120", "coinbase_tx_suffix")]
    [InlineData(Prefix, "ffffffff" + Outputs + "01200000000000000000000000000000000000000000000000000000000000000001" + "00000000", "coinbase_tx_suffix")]
    [InlineData(Prefix, Suffix + "00", "coinbase_tx_suffix")]
    [InlineData(Prefix, "", "coinbase_tx_suffix")]
    public void A_coinbase_that_could_not_be_mined_is_refused_by_field(string prefix, string suffix, string field)
    {
        Assert.False(DeclaredCoinbase.TryRead(Convert.FromHexString(prefix), Convert.FromHexString(suffix), out _, out string? found, out string? error));
        Assert.Equal(field, found);
        Assert.NotEmpty(error);
    }

    [Fact]
    [Trait("spec", "268")]
    [Trait("spec", "275")]
    [Trait("spec", "277")]
    public void Declaration_custom_job_and_downstream_job_are_one_coinbase()
    {
        Assert.True(PoolOutputs.TryRead(Convert.FromHexString("010000000000000000160014000102030405060708090a0b0c0d0e0f10111213"), out PoolOutputs? pool, out _));
        TxOutput commitment = WitnessCommitment.Output(U256.FromWireHex("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"));
        NewTemplate template = new()
        {
            TemplateId = 1,
            FutureTemplate = false,
            Version = 0x20000000,
            CoinbaseTxVersion = 2,
            CoinbasePrefix = Convert.FromHexString("03400d0c"),
            CoinbaseTxInputSequence = uint.MaxValue,
            CoinbaseTxValueRemaining = 312500000,
            CoinbaseTxOutputsCount = 1,
            CoinbaseTxOutputs = TxOutput.SerializeUnprefixed([commitment]),
            CoinbaseTxLocktime = 0,
            MerklePath = [U256.MaxValue],
        };

        Assert.True(CustomJob.TryCreate(template, pool, [], 16, out CustomJob? job, out string? error), error);
        DeclareMiningJob declaration = job.Declare(5, (byte[])[1], [U256.Zero], (byte[])[9, 9]);
        SetCustomMiningJob custom = job.ToSetCustomMiningJob(1, 6, (byte[])[2], U256.MaxValue, 7, 8);

        Assert.Equal(Prefix, declaration.CoinbaseTxPrefix.ToString());
        Assert.Equal(Suffix, declaration.CoinbaseTxSuffix.ToString());
        Assert.Equal("0909", declaration.ExcessData.ToString());
        Assert.Equal(Outputs, custom.CoinbaseTxOutputs.ToString());
        DeclaredCoinbase read = Read(declaration.CoinbaseTxPrefix.ToString(), declaration.CoinbaseTxSuffix.ToString());
        Assert.Null(JobCommitment.Of(declaration.Version, read.Template, template.MerklePath.AsSpan()).FindDifference(custom));
        Assert.Equal(job.Split.StrippedPrefix, job.ToExtendedJob().CoinbasePrefix);
        Assert.False(CustomJob.TryCreate(template, pool, [], 33, out _, out error));
        Assert.Contains("extranonce", error, StringComparison.Ordinal);
    }

    private static DeclaredCoinbase Read(string prefix, string suffix)
    {
        Assert.True(DeclaredCoinbase.TryRead(Convert.FromHexString(prefix), Convert.FromHexString(suffix), out DeclaredCoinbase? coinbase, out string? field, out string? error), $"{field}: {error}");
        return coinbase;
    }
}
