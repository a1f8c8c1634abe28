using Sv2.Roles.Pool;

namespace Sv2.Roles.Tests.Pool;

public sealed class PoolKindTests
{
    [Fact]
    public void The_example_is_valid() => Assert.Empty(new PoolKind().Validate(new PoolKind().Example));

    [Theory]
    [InlineData("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "regtest")]
    [InlineData("wpkh(nonsense)", "")]
    [InlineData("", "")]
    public void A_wrong_payout_is_named_with_its_reason(string payout, string mentions)
    {
        ConfigurationProblem problem = Assert.Single(new PoolKind().Validate(new PoolKind().Example with { Payout = payout }));
        Assert.Equal("payout", problem.Key);
        Assert.Contains(mentions, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_template_provider_is_named_by_its_place()
    {
        PoolOptions options = new PoolKind().Example with { TemplateProviders = ["stratum2+tcp://127.0.0.1:8442", "http://example"] };
        Assert.Equal("templateProviders[1]", Assert.Single(new PoolKind().Validate(options)).Key);
    }
}
