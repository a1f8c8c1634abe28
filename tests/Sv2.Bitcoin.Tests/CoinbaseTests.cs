using Sv2.Protocol;

namespace Sv2.Bitcoin.Tests;

public sealed class CoinbaseTests
{
    private static readonly byte[] ExtranoncePrefix = DerivedVector.Bytes("extranonce_prefix_hex");
    private static readonly byte[] Extranonce = DerivedVector.Bytes("extranonce_hex");

    private static CoinbaseSplit Split() => DerivedVector.Template().Split(ExtranoncePrefix.Length + Extranonce.Length);

    [Fact]
    [Trait("spec", "198")]
    [Trait("spec", "200")]
    [Trait("spec", "376")]
    public void The_pieces_for_NewExtendedMiningJob_are_stripped()
    {
        CoinbaseSplit split = Split();

        Assert.Equal(DerivedVector.Text("NewExtendedMiningJob", "coinbase_tx_prefix_hex"), split.StrippedPrefix.ToString());
        Assert.Equal(DerivedVector.Text("NewExtendedMiningJob", "coinbase_tx_suffix_hex"), split.StrippedSuffix.ToString());
    }

    [Fact]
    [Trait("spec", "201")]
    public void The_pieces_for_DeclareMiningJob_have_the_BIP_141_fields()
    {
        CoinbaseSplit split = Split();

        Assert.Equal(DerivedVector.Text("DeclareMiningJob", "coinbase_tx_prefix_hex"), split.FullPrefix.ToString());
        Assert.Equal(DerivedVector.Text("DeclareMiningJob", "coinbase_tx_suffix_hex"), split.FullSuffix.ToString());
    }

    [Fact]
    [Trait("spec", "330")]
    [Trait("spec", "199")]
    public void The_coinbase_for_SubmitSolution_is_whole()
    {
        Assert.Equal(DerivedVector.Bytes("SubmitSolution", "coinbase_tx_hex"), Split().Full(ExtranoncePrefix, Extranonce));
    }

    [Fact]
    [Trait("spec", "142")]
    [Trait("spec", "143")]
    [Trait("spec", "144")]
    public void Txid_merkle_root_and_header_hash_follow()
    {
        U256 txid = Split().Txid(ExtranoncePrefix, Extranonce);
        U256 root = MerklePath.Fold(txid, DerivedVector.MerklePath());
        BlockHeader header = new(
            DerivedVector.Number("header", "version"),
            U256.FromWireHex(DerivedVector.Text("header", "prev_hash_wire_hex")),
            root,
            DerivedVector.Number("header", "ntime"),
            DerivedVector.Number("header", "nbits"),
            DerivedVector.Number("header", "nonce"));
        byte[] bytes = new byte[BlockHeader.Size];
        header.Write(bytes);

        Assert.Equal(DerivedVector.Text("coinbase_txid_internal_hex"), txid.ToString());
        Assert.Equal(DerivedVector.Text("merkle_root_wire_hex"), root.ToString());
        Assert.Equal(DerivedVector.Text("header", "header80_hex"), Convert.ToHexStringLower(bytes));
        Assert.Equal(DerivedVector.Text("header", "block_hash_internal_hex"), header.Hash().ToString());
        Assert.Equal(DerivedVector.Text("header", "block_hash_display_hex"), header.Hash().ToDisplayString());
    }

    [Fact]
    public void The_whole_extranonce_as_prefix_of_a_standard_channel_gives_the_same_txid() =>
        Assert.Equal(Split().Txid(ExtranoncePrefix, Extranonce), Split().Txid([.. ExtranoncePrefix, .. Extranonce], []));

    [Fact]
    public void The_transaction_parser_sees_the_same_coinbase()
    {
        Transaction transaction = Transaction.Parse(Split().Full(ExtranoncePrefix, Extranonce));

        Assert.True(transaction.IsCoinbase);
        Assert.True(transaction.HasWitness);
        Assert.Equal(DerivedVector.Text("coinbase_txid_internal_hex"), transaction.Txid.ToString());
        Assert.Equal(DerivedVector.Text("coinbase_wtxid_if_not_stripped_internal_hex"), transaction.Wtxid.ToString());
        Assert.Equal(DerivedVector.Text("coinbase_without_witness_hex"), Convert.ToHexStringLower(transaction.ToBytes(includeWitness: false)));
    }

    [Fact]
    [Trait("spec", "201")]
    public void Received_pieces_are_taken_up_stripped_or_full()
    {
        CoinbaseSplit split = Split();

        Assert.True(CoinbaseSplit.TryFromStripped(split.StrippedPrefix.Span, split.StrippedSuffix.Span, 16, out CoinbaseSplit? stripped, out _));
        Assert.True(CoinbaseSplit.TryFromFull(split.FullPrefix.Span, split.FullSuffix.Span, 16, out CoinbaseSplit? full, out _));

        foreach (CoinbaseSplit again in new[] { stripped, full })
        {
            Assert.Equal(split.StrippedPrefix, again.StrippedPrefix);
            Assert.Equal(split.StrippedSuffix, again.StrippedSuffix);
            Assert.Equal(split.FullPrefix, again.FullPrefix);
            Assert.Equal(split.FullSuffix, again.FullSuffix);
        }
    }

    [Fact]
    [Trait("spec", "380")]
    public void Pieces_that_do_not_meet_at_the_end_of_the_scriptSig_are_refused()
    {
        CoinbaseSplit split = Split();

        Assert.False(CoinbaseSplit.TryFromStripped(split.StrippedPrefix.Span, split.StrippedSuffix.Span, 15, out _, out string? shorter));
        Assert.False(CoinbaseSplit.TryFromStripped(split.StrippedPrefix.Span, split.StrippedSuffix.Span, 17, out _, out string? longer));
        Assert.False(CoinbaseSplit.TryFromStripped(split.FullPrefix.Span, split.FullSuffix.Span, 16, out _, out string? whole));
        Assert.All([shorter, longer, whole], error => Assert.False(string.IsNullOrEmpty(error)));
    }

    [Fact]
    [Trait("spec", "167")]
    [Trait("spec", "314")]
    public void A_scriptSig_beyond_100_bytes_and_a_prefix_beyond_8_are_refused()
    {
        CoinbaseTemplate template = DerivedVector.Template();

        Assert.Equal(96, template.ExtranonceMax);
        Assert.Equal(100, Transaction.Parse(template.Split(96).Full(new byte[96], [])).Inputs[0].ScriptSig.Length);
        Assert.Throws<ArgumentException>(() => template.Split(97));
        Assert.Throws<ArgumentException>(() => (template with { CoinbasePrefix = new byte[9] }).Split(8));
        Assert.Throws<ArgumentException>(() => (template with { Tag = new byte[90] }).Split(8));
    }

    [Fact]
    public void A_wrong_extranonce_length_is_our_own_mistake() =>
        Assert.Throws<ArgumentException>(() => Split().Txid(ExtranoncePrefix, Extranonce.AsSpan(1).ToArray()));

    [Fact]
    public void A_pools_signature_stands_between_prefix_and_extranonce()
    {
        byte[] tag = "/Sv2/"u8.ToArray();

        Transaction coinbase = Transaction.Parse((DerivedVector.Template() with { Tag = tag }).Split(16).Full(ExtranoncePrefix, Extranonce));

        Assert.Equal([.. DerivedVector.Bytes("coinbase_prefix_hex"), .. tag, .. ExtranoncePrefix, .. Extranonce], coinbase.Inputs[0].ScriptSig.Span.ToArray());
    }

    [Fact]
    [Trait("spec", "312")]
    public void Without_a_witness_commitment_the_coinbase_has_no_witness()
    {
        CoinbaseTemplate template = DerivedVector.Template();
        CoinbaseSplit split = (template with { Outputs = [template.Outputs[0]] }).Split(16);

        Assert.False(split.HasWitness);
        Assert.Equal(split.StrippedPrefix, split.FullPrefix);
        Assert.Equal(split.StrippedSuffix, split.FullSuffix);
    }

    [Theory]
    [InlineData(0u, "0000")]
    [InlineData(1u, "5100")]
    [InlineData(16u, "6000")]
    [InlineData(17u, "0111")]
    [InlineData(127u, "017f")]
    [InlineData(128u, "028000")]
    [InlineData(255u, "02ff00")]
    [InlineData(256u, "020001")]
    [InlineData(32_768u, "03008000")]
    [InlineData(413_567u, "037f4f06")]
    [InlineData(8_388_608u, "0400008000")]
    [InlineData(uint.MaxValue, "05ffffffff00")]
    public void The_height_is_pushed_in_its_shortest_form(uint height, string hex)
    {
        byte[] push = CoinbaseRules.HeightPush(height);

        Assert.Equal(hex, Convert.ToHexStringLower(push));
        Assert.True(CoinbaseRules.TryReadHeight(push, out uint read));
        Assert.Equal(height, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("04ffff")]
    [InlineData("020100")]
    [InlineData("0181")]
    [InlineData("06ffffffffff00")]
    [InlineData("6a")]
    public void What_is_no_height_is_not_read_as_one(string hex) =>
        Assert.False(CoinbaseRules.TryReadHeight(Convert.FromHexString(hex), out _));

    [Theory]
    [Trait("spec", "303")]
    [Trait("spec", "304")]
    [InlineData(0u, true, 2000)]
    [InlineData(208u, true, 2000)]
    [InlineData(209u, true, 2004)]
    [InlineData(1000u, true, 5168)]
    [InlineData(1000u, false, 4944)]
    [InlineData(uint.MaxValue, true, int.MaxValue)]
    public void The_reserved_weight_follows_the_formula(uint size, bool segwit, int weight) =>
        Assert.Equal(weight, CoinbaseRules.ReservedWeight(size, segwit));

    [Fact]
    [Trait("spec", "306")]
    public void Output_constraints_count_bytes_and_four_times_the_sigops()
    {
        TxOutput keyHash = new(1, Script.PayToPublicKeyHash(new byte[20]));
        TxOutput witness = new(1, Script.PayToWitness(0, new byte[20]));
        TxOutput scriptHash = new(1, Script.PayToScriptHash(new byte[20]));
        TxOutput multisig = new(1, Script.FromHex("51ae"));

        Assert.Equal((68u, (ushort)8), CoinbaseRules.Constraints([keyHash, keyHash]));
        Assert.Equal((31u + 32u, (ushort)0), CoinbaseRules.Constraints([witness, scriptHash]));
        Assert.Equal((11u, (ushort)80), CoinbaseRules.Constraints([multisig]));
    }

    [Theory]
    [Trait("spec", "310")]
    [Trait("spec", "377")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(253)]
    public void Output_lists_round_trip_with_and_without_count(int count)
    {
        TxOutput[] outputs = [.. Enumerable.Range(0, count).Select(i => new TxOutput((ulong)i, Script.OpReturn(new byte[i % 70])))];

        ByteString prefixed = TxOutput.SerializePrefixed(outputs);
        ByteString unprefixed = TxOutput.SerializeUnprefixed(outputs);

        Assert.Equal(CompactSize.SizeOf((ulong)count), prefixed.Length - unprefixed.Length);
        Assert.True(TxOutput.TryReadPrefixed(prefixed.Span, out TxOutput[] first, out _));
        Assert.True(TxOutput.TryReadUnprefixed(unprefixed.Span, (uint)count, out TxOutput[] second, out _));
        Assert.Equal(outputs, first);
        Assert.Equal(outputs, second);
        Assert.False(TxOutput.TryReadUnprefixed(unprefixed.Span, (uint)count + 1, out _, out _));
        Assert.False(TxOutput.TryReadUnprefixed(unprefixed.Span, uint.MaxValue, out _, out _));
        Assert.Equal(count == 0, TxOutput.TryReadUnprefixed(unprefixed.Span, 0, out _, out _));
    }
}
