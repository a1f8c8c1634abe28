using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.TemplateDistribution;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.TemplateDistribution;

/// <summary>Two front ends of a pool: one has the connection to the template provider, both work on its templates.</summary>
public sealed class TemplateSharingTests
{
    [Fact]
    public async Task Front_end_that_does_not_lead_works_on_what_the_leader_gets()
    {
        await using ScriptedProvider provider = new();
        DirectExchange exchange = new();
        await using ClientFixture one = new(new TemplateSharing(exchange, "main", "one"), provider.ConnectionString);
        await using ClientFixture two = new(new TemplateSharing(exchange, "main", "two"), provider.ConnectionString);
        one.Client.Start();
        two.Client.Start();
        exchange.Lead("one");
        await using ScriptedPeer peer = await provider.ServeAsync(10);

        ProvidedTemplate first = Assert.IsType<ProvidedTemplate>(await two.NextTemplateOrTipAsync());
        ActiveTemplate tip = Assert.IsType<ActiveTemplate>(await two.NextTemplateOrTipAsync());
        Assert.Equal((10UL, U256.FromLimbs(1)), (first.TemplateId, tip.PrevHash.PrevHash));
        Assert.Same(first, tip.Template);

        await peer.SendAsync(ScriptedProvider.Template(11));
        await peer.SendAsync(ScriptedProvider.Template(12, future: false));
        await peer.SendAsync(ScriptedProvider.Tip(11, hash: 2));
        ProvidedTemplate eleven = Assert.IsType<ProvidedTemplate>(await two.NextTemplateOrTipAsync());
        Assert.Equal((true, false), (eleven.IsFuture, Assert.IsType<ProvidedTemplate>(await two.NextTemplateOrTipAsync()).IsFuture));
        Assert.Same(eleven, Assert.IsType<ActiveTemplate>(await two.NextTemplateOrTipAsync()).Template);
        Assert.Equal(provider.ConnectionString, eleven.Provider);
        Assert.Equal((false, true), (exchange["two"].IsServed, exchange["one"].IsServed));
        Assert.Equal(UpstreamState.Connected, Assert.Single(two.Client.Providers).State);
    }

    [Fact]
    public async Task Who_comes_late_gets_all_that_is_alive()
    {
        await using ScriptedProvider provider = new();
        DirectExchange exchange = new();
        await using ClientFixture one = new(new TemplateSharing(exchange, "main", "one"), provider.ConnectionString);
        one.Client.Start();
        exchange.Lead("one");
        await using ScriptedPeer peer = await provider.ServeAsync(10);
        await peer.SendAsync(ScriptedProvider.Template(11, future: false));
        await peer.SendAsync(ScriptedProvider.Template(12));
        await one.NextAsync<ProvidedTemplate>(template => template.TemplateId == 12);
        await using ClientFixture two = new(new TemplateSharing(exchange, "main", "two"), provider.ConnectionString);
        two.Client.Start();

        Assert.True(exchange["two"].Take(exchange["one"].Whole()!));

        Assert.Equal(10UL, Assert.IsType<ProvidedTemplate>(await two.NextTemplateOrTipAsync()).TemplateId);
        Assert.Equal(10UL, Assert.IsType<ActiveTemplate>(await two.NextTemplateOrTipAsync()).Template.TemplateId);
        Assert.Equal(11UL, Assert.IsType<ProvidedTemplate>(await two.NextTemplateOrTipAsync()).TemplateId);
        Assert.Equal(12UL, Assert.IsType<ProvidedTemplate>(await two.NextTemplateOrTipAsync()).TemplateId);
        Assert.Equal(11UL, two.Client.Active!.Template.TemplateId);
    }

    [Fact]
    public async Task Next_leader_connects_and_the_last_one_hangs_up_and_follows()
    {
        await using ScriptedProvider provider = new();
        DirectExchange exchange = new();
        await using ClientFixture one = new(new TemplateSharing(exchange, "main", "one"), provider.ConnectionString);
        await using ClientFixture two = new(new TemplateSharing(exchange, "main", "two"), provider.ConnectionString);
        one.Client.Start();
        two.Client.Start();
        exchange.Lead("one");
        await using ScriptedPeer first = await provider.ServeAsync(10);
        await two.NextAsync<ActiveTemplate>();

        exchange.Lead("two");
        await first.ExpectCloseAsync();
        await using ScriptedPeer second = await provider.ServeAsync(20);

        Assert.Equal(20UL, (await two.NextAsync<ActiveTemplate>()).Template.TemplateId);
        Assert.Equal(20UL, (await one.NextAsync<ActiveTemplate>(tip => tip.Template.TemplateId == 20)).Template.TemplateId);
        Assert.False(exchange["one"].IsServed);
    }

    [Fact]
    public async Task Block_of_a_front_end_that_follows_goes_to_the_provider_over_its_own_connection()
    {
        await using ScriptedProvider provider = new();
        DirectExchange exchange = new();
        await using ClientFixture one = new(new TemplateSharing(exchange, "main", "one"), provider.ConnectionString);
        await using ClientFixture two = new(new TemplateSharing(exchange, "main", "two"), provider.ConnectionString);
        one.Client.Start();
        two.Client.Start();
        exchange.Lead("one");
        await using ScriptedPeer leading = await provider.ServeAsync(10);
        ProvidedTemplate template = (await two.NextAsync<ActiveTemplate>()).Template;

        SolutionDelivery delivery = two.Client.SubmitSolution(new TemplateSolution
        {
            Template = template,
            Version = 1,
            HeaderTimestamp = 2,
            HeaderNonce = 3,
            CoinbaseTx = new byte[] { 4 },
            BlockHash = U256.FromLimbs(5),
        });

        Assert.Equal(SolutionDelivery.Waiting, delivery);
        await using ScriptedPeer own = await provider.AcceptAsync();
        await own.ExpectAsync<CoinbaseOutputConstraints>();
        Assert.Equal((10UL, 3u), (await own.ExpectAsync<SubmitSolution>() is var sent ? (sent.TemplateId, sent.HeaderNonce) : default));
    }

    [Theory]
    [InlineData("no connection string", "00000071")]
    [InlineData(null, "00000071ffff0000")]
    [InlineData(null, "000071040000000102030405060708")]
    public async Task Templates_that_make_no_sense_are_not_taken(string? from, string frames)
    {
        await using ScriptedProvider provider = new();
        DirectExchange exchange = new();
        await using ClientFixture two = new(new TemplateSharing(exchange, "main", "two"), provider.ConnectionString);
        two.Client.Start();

        Assert.False(exchange["two"].Take(new SharedTemplates(from ?? provider.ConnectionString.ToString(), IsWhole: true, Convert.FromHexString(frames))));

        Assert.Null(two.Client.Active);
    }
}
