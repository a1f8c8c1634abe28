using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaration;

namespace Sv2.Roles.Tests.JobDeclaration;

/// <summary>The rules of 6.4.3 on coinbase outputs, examples A and B among them.</summary>
public sealed class OutputRulesTests
{
    private const ulong Revenue = 5_000_010_000;

    private static readonly Script P2wpkh = Script.PayToWitness(0, [.. Enumerable.Range(1, 20).Select(i => (byte)i)]);
    private static readonly Script P2tr = Script.PayToWitness(1, [.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
    private static readonly Script P2pkh = Script.PayToPublicKeyHash([.. Enumerable.Range(7, 20).Select(i => (byte)i)]);
    private static readonly Script P2wsh = Script.PayToWitness(0, [.. Enumerable.Range(9, 32).Select(i => (byte)i)]);
    private static readonly Script X = Script.OpReturn("X"u8);
    private static readonly Script Y = Script.OpReturn("Y"u8);
    private static readonly Script Z = Script.OpReturn("Z"u8);
    private static readonly TxOutput Commitment = WitnessCommitment.Output(U256.Zero);

    [Fact]
    [Trait("spec", "266")]
    [Trait("spec", "262")]
    [Trait("spec", "378")]
    public void Example_A_is_good_whatever_the_order()
    {
        PoolOutputs pool = PoolOutputs.Of(P2wpkh, X, Y);
        TxOutput[] declared = [new(0, Z), new(Revenue, P2wpkh), new(0, X), new(0, Y), Commitment];

        Assert.Null(pool.FindFault(declared));
        Assert.Equal(Revenue, pool.PayoutValue(declared));
        foreach (TxOutput[] order in Rotations(declared))
            Assert.Null(pool.FindFault(order));
    }

    [Fact]
    [Trait("spec", "266")]
    [Trait("spec", "267")]
    public void Example_B_is_good_and_pays_the_pool_less()
    {
        PoolOutputs pool = PoolOutputs.Of(P2tr);
        TxOutput[] declared = [new(1_000, P2pkh), new(2_000, P2wsh), new(Revenue - 3_000, P2tr), Commitment];

        Assert.Null(pool.FindFault(declared));
        Assert.Equal(Revenue - 3_000, pool.PayoutValue(declared));
        Assert.Equal(Revenue, OutputRules.Total(declared));
    }

    [Fact]
    [Trait("spec", "265")]
    public void A_payout_that_is_missing_or_gets_nothing_is_a_fault()
    {
        PoolOutputs pool = PoolOutputs.Of(P2wpkh, X);

        Assert.Equal("the pool's payout output is missing", pool.FindFault([new(Revenue, P2tr), new(0, X)]));
        Assert.Equal("the pool's payout output gets no value", pool.FindFault([new(0, P2wpkh), new(Revenue, P2tr), new(0, X)]));
    }

    [Fact]
    [Trait("spec", "269")]
    public void An_output_of_the_pool_cannot_be_left_out()
    {
        Assert.Equal("output 1 of those that the pool asked for is missing", PoolOutputs.Of(P2wpkh, X, Y).FindFault([new(Revenue, P2wpkh), new(0, Y)]));
        Assert.Equal("output 2 of those that the pool asked for is missing", PoolOutputs.Of(P2wpkh, X, X).FindFault([new(Revenue, P2wpkh), new(0, X)]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(253)]
    [Trait("spec", "261")]
    [Trait("spec", "377")]
    public void Outputs_travel_with_their_count_and_the_payout_first_and_worth_nothing(int count)
    {
        PoolOutputs pool = PoolOutputs.Of(P2wpkh, [.. Enumerable.Repeat(X, count - 1)]);

        ByteString wire = pool.ToWire();

        Assert.Equal(count < 253 ? [(byte)count] : (byte[])[0xfd, 0xfd, 0], wire.Span[..(count < 253 ? 1 : 3)].ToArray());
        Assert.True(PoolOutputs.TryRead(wire.Span, out PoolOutputs? read, out string? error), error);
        Assert.Equal(count, read.Outputs.Count);
        Assert.Equal(P2wpkh, read.Payout);
        Assert.All(read.Outputs.ToArray(), output => Assert.Equal(0ul, output.Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("02000000000000000000")]
    [InlineData("0100000000000000000000")]
    public void Outputs_that_do_not_hold_together_are_refused(string wire) =>
        Assert.False(PoolOutputs.TryRead(Convert.FromHexString(wire), out _, out _));

    [Fact]
    [Trait("spec", "264")]
    [Trait("spec", "311")]
    public void Assembled_outputs_leave_the_rest_to_the_pool_and_end_with_the_templates_own()
    {
        PoolOutputs pool = PoolOutputs.Of(P2wpkh, X);

        Assert.True(pool.TryAssemble(Revenue, [new TxOutput(700, P2pkh)], [Commitment], out Seq<TxOutput> outputs, out string? error), error);

        Assert.Equal([new(Revenue - 700, P2wpkh), new(0, X), new(700, P2pkh), Commitment], outputs.ToArray());
        Assert.Null(pool.FindFault(outputs.AsSpan()));
        Assert.False(pool.TryAssemble(700, [new TxOutput(700, P2pkh)], [], out _, out error));
        Assert.Contains("nothing is left for the pool's payout", error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "307")]
    [Trait("spec", "397")]
    public void Constraints_count_all_outputs_but_the_templates_and_sigops_four_times()
    {
        CoinbaseOutputConstraints constraints = PoolOutputs.Of(P2wpkh, X).Constraints(new TxOutput(700, P2pkh));

        Assert.Equal((uint)((8 + 1 + 22) + (8 + 1 + 3) + (8 + 1 + 25)), constraints.CoinbaseOutputMaxAdditionalSize);
        Assert.Equal(4, constraints.CoinbaseOutputMaxAdditionalSigops);
    }

    private static IEnumerable<TxOutput[]> Rotations(TxOutput[] outputs) =>
        Enumerable.Range(0, outputs.Length).Select(start => (TxOutput[])[.. outputs[start..], .. outputs[..start]]);
}
