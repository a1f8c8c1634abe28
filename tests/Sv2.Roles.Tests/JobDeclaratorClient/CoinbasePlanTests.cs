using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.JobDeclaratorClient;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

public sealed class CoinbasePlanTests
{
    [Fact]
    [Trait("spec", "261")]
    [Trait("spec", "264")]
    [Trait("spec", "266")]
    [Trait("spec", "311")]
    [Trait("spec", "379")]
    public void Example_A_the_payout_gets_the_revenue_and_the_data_outputs_stay()
    {
        DeclaratorBench bench = new(own: [new OwnOutput(Samples.DataY, 0)]);
        bench.GiveTokens(Samples.Outputs(Samples.DataX));
        NewTemplate template = Samples.Template(revenue: 1_000_000).Message;
        Assert.True(bench.Declarator.Plan!.TryBuild(template, out CustomJob? job, out _));
        Assert.True(TxOutput.TryReadUnprefixed(template.CoinbaseTxOutputs.Span, 1, out TxOutput[] commitment, out _));
        Assert.Equal(
            [new TxOutput(1_000_000, Samples.PoolScript), new TxOutput(0, Samples.DataX), new TxOutput(0, Samples.DataY), commitment[0]],
            job.Coinbase.Outputs.ToArray());
    }

    [Fact]
    [Trait("spec", "266")]
    [Trait("spec", "315")]
    public void Example_B_own_outputs_take_their_part_and_the_payout_gets_what_they_leave()
    {
        DeclaratorBench bench = new(own: [new OwnOutput(Samples.OwnScript, 10), new OwnOutput(Samples.DataX, 2.5)]);
        bench.GiveTokens();
        Assert.True(bench.Declarator.Plan!.TryBuild(Samples.Template(revenue: 1000).Message, out CustomJob? job, out _));
        Assert.Equal([875ul, 100ul, 25ul, 0ul], Array.ConvertAll(job.Coinbase.Outputs.ToArray(), output => output.Value));
        Assert.Equal(1000ul, job.Coinbase.Outputs.ToArray().Aggregate(0ul, (sum, output) => sum + output.Value));
    }

    [Fact]
    [Trait("spec", "264")]
    public void A_template_that_leaves_nothing_for_the_payout_is_refused()
    {
        DeclaratorBench bench = new();
        bench.GiveTokens();
        Assert.False(bench.Declarator.Plan!.TryBuild(Samples.Template(revenue: 0).Message, out _, out string? error));
        Assert.Contains("coinbase_tx_value_remaining", error);
    }

    [Fact]
    [Trait("spec", "306")]
    [Trait("spec", "307")]
    [Trait("spec", "397")]
    public void The_room_counts_all_outputs_but_the_templates_own()
    {
        DeclaratorBench bench = new(own: [new OwnOutput(Samples.OwnScript, 1), new OwnOutput(Samples.OwnScript, 1)]);
        bench.GiveTokens(Samples.Outputs(Samples.DataX));
        CoinbasePlan plan = bench.Declarator.Plan!;
        // Value, length byte and script of each: P2WPKH 22, OP_RETURN 3, P2PKH 25 twice.
        Assert.Equal((8u + 1 + 22) + (8 + 1 + 3) + 2 * (8 + 1 + 25), plan.Size);
        Assert.Equal(8, plan.Sigops);
        Assert.True(plan.Fits(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = plan.Size, CoinbaseOutputMaxAdditionalSigops = 8 }));
        Assert.False(plan.Fits(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = plan.Size - 1, CoinbaseOutputMaxAdditionalSigops = 8 }));
        Assert.False(plan.Fits(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = plan.Size, CoinbaseOutputMaxAdditionalSigops = 7 }));
    }

    [Fact]
    [Trait("spec", "163")]
    [Trait("spec", "238")]
    public void Miners_and_pool_compute_the_same_coinbase()
    {
        DeclaratorBench bench = new();
        bench.GiveTokens();
        CoinbasePlan plan = bench.Declarator.Plan!;
        Assert.True(plan.TryBuild(Samples.Template().Message, out CustomJob? job, out _));
        byte[] local = [.. Enumerable.Range(1, Samples.LocalSize).Select(i => (byte)i)];
        byte[] extranonce = new byte[plan.ExtranonceSize];
        plan.WriteExtranonce(local, extranonce);

        Assert.Equal([0, 0, 0, 0, .. local], extranonce);
        Assert.Equal(
            job.Split.Full(Samples.Prefix, extranonce),
            plan.ForMiners(job.Coinbase).Split(Samples.LocalSize).Full(local, []));
        Assert.Equal([.. Samples.Prefix, 0, 0, 0, 0], plan.FixedExtranonce.ToArray());
        // Nothing of what the pool gave is left over, and nothing of it is used twice (5.1.2.1).
        Assert.Equal(Samples.Prefix.Length + 16, plan.FixedExtranonce.Length + Samples.LocalSize);
        Assert.Equal(job.Split.ExtranonceSize, plan.FixedExtranonce.Length + local.Length);
    }

    [Theory]
    [Trait("spec", "290")]
    [InlineData(8, 11)]
    [InlineData(20, 16)]
    public void A_pool_whose_extranonce_does_not_fit_is_refused_with_the_sizes(int prefix, int size)
    {
        DeclaratorBench bench = new();
        bench.Declarator.OnChannel(7, new byte[prefix], size);
        bench.GiveTokens();
        string violation = bench.Output.Violations[0];
        Assert.Contains(size.ToString(System.Globalization.CultureInfo.InvariantCulture), violation);
    }
}
