using FsCheck;
using FsCheck.Fluent;
using Sv2.Protocol;
using Sv2.TestKit;

namespace Sv2.Bitcoin.Tests;

public sealed class TransactionTests
{
    // The example of a native P2WPKH spend in BIP 143.
    private const string Bip143 =
        "01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f00000000494830450221008b9d1dc26ba6a9cb" +
        "62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a99f2b1c0a19c0489bc22ede944ccf4ecbab4cc618ef3ed" +
        "01eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9" +
        "148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac00" +
        "0247304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f3358f5" +
        "1928d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee635711000000";

    [Fact]
    public void A_published_segwit_transaction_is_read_right()
    {
        Transaction transaction = Transaction.Parse(Convert.FromHexString(Bip143));

        Assert.Equal(1u, transaction.Version);
        Assert.Equal(17u, transaction.LockTime);
        Assert.Equal(2, transaction.Inputs.Length);
        Assert.Empty(transaction.Inputs[0].Witness);
        Assert.Equal(2, transaction.Inputs[1].Witness.Count);
        Assert.Equal(112_340_000ul, transaction.Outputs[0].Value);
        Assert.True(transaction.HasWitness);
        Assert.NotEqual(transaction.Txid, transaction.Wtxid);
        Assert.Equal(Bip143, Convert.ToHexStringLower(transaction.ToBytes()));
        Assert.Equal(transaction.Txid, Transaction.Parse(transaction.ToBytes(includeWitness: false)).Txid);
        Assert.Equal(3 * transaction.StrippedSize + transaction.Size, transaction.Weight);
    }

    [Fact]
    public void A_cut_at_any_byte_is_a_clear_error()
    {
        byte[] bytes = Convert.FromHexString(Bip143);

        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.False(Transaction.TryParse(bytes.AsSpan(0, length), out _, out string? error), $"{length} bytes");
            Assert.Contains("byte", error, StringComparison.Ordinal);
        }
        Assert.False(Transaction.TryParse([.. bytes, 0], out _, out string? more));
        Assert.Contains("1 bytes too many", more, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01000000ffffffffffffffffff", "inputs")]
    [InlineData("01000000feffffff7f", "inputs")]
    [InlineData("01000000fd0100", "shortest")] // a long form of 1
    [InlineData("01000000000000000000", "inputs")] // no inputs
    [InlineData("010000000001ffffffffffffffffff", "inputs")]
    public void Claimed_counts_are_refused_before_memory_is_reserved(string hex, string reason)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.False(Transaction.TryParse(bytes, out _, out string? error));

        Assert.Contains(reason, error, StringComparison.Ordinal);
        // The error's own text.
        Assert.InRange(Allocations.Least(() => Transaction.TryParse(bytes, out _, out _)), 0, 4096);
    }

    [Fact]
    public void Marker_and_flag_without_any_witness_are_refused()
    {
        Transaction plain = Transaction.Parse(TestChain.Spend(1).ToBytes(includeWitness: false));
        byte[] bytes = plain.ToBytes();
        byte[] marked = [.. bytes[..4], 0, 1, .. bytes[4..^4], 0, .. bytes[^4..]];

        Assert.False(Transaction.TryParse(marked, out _, out string? error));
        Assert.Contains("every witness is empty", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_transaction_round_trips() =>
        Prop.ForAll(Transactions.ToArbitrary(), static transaction =>
        {
            byte[] bytes = transaction.ToBytes();
            Transaction again = Transaction.Parse(bytes);
            return (bytes.Length == transaction.Size)
                .And(transaction.ToBytes(includeWitness: false).Length == transaction.StrippedSize)
                .And(again.ToBytes().AsSpan().SequenceEqual(bytes))
                .And(again.Txid == Sha256d.Hash(transaction.ToBytes(includeWitness: false)))
                .And(again.Wtxid == Sha256d.Hash(bytes))
                .And(again.HasWitness == transaction.HasWitness);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_and_damaged_bytes_never_break_the_parser() =>
        Prop.ForAll(Transactions.ToArbitrary(), Gen.ArrayOf(Gen.Choose(0, 255)).ToArbitrary(), static (transaction, noise) =>
        {
            byte[] bytes = transaction.ToBytes();
            foreach (int value in noise)
                bytes[(value * 257 + noise.Length * 31) % bytes.Length] = (byte)value;
            return Transaction.TryParse(bytes, out Transaction? read, out string? error)
                ? read.ToBytes().AsSpan().SequenceEqual(bytes)
                : !string.IsNullOrEmpty(error);
        }).QuickCheckThrowOnFailure();

    private static Gen<byte[]> Bytes(int lengthMax) =>
        from length in Gen.Choose(0, lengthMax)
        from values in Gen.ArrayOf(Gen.Choose(0, 255), length)
        select Array.ConvertAll(values, static value => (byte)value);

    private static Gen<Transaction> Transactions =>
        from inputs in Gen.NonEmptyListOf(
            from txid in Gen.Choose(0, int.MaxValue)
            from index in Gen.Choose(0, 10)
            from script in Bytes(300)
            from sequence in Gen.Choose(int.MinValue, int.MaxValue)
            from witness in Gen.ListOf(Bytes(80))
            select new TxInput(
                new OutPoint(U256.FromLimbs((ulong)txid), (uint)index),
                new Script(script),
                (uint)sequence,
                witness.Select(static item => (ByteString)item).ToArray()))
        from outputs in Gen.ListOf(
            from value in Gen.Choose(0, int.MaxValue)
            from script in Bytes(80)
            select new TxOutput((ulong)value, new Script(script)))
        from lockTime in Gen.Choose(0, int.MaxValue)
        select new Transaction(2, inputs.ToArray(), outputs.ToArray(), (uint)lockTime);
}
