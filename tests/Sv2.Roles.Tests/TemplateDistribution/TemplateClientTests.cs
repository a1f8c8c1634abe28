using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.TemplateDistribution;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.TemplateProvider.Support;
using Sv2.TestKit;
using Sv2.Transport;

namespace Sv2.Roles.Tests.TemplateDistribution;

public sealed class TemplateClientTests
{
    [Fact]
    [Trait("spec", "298")]
    [Trait("spec", "331")]
    public async Task Constraints_are_the_first_message_after_setup()
    {
        await using ScriptedProvider provider = new();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        await using ScriptedPeer peer = await provider.AcceptAsync();

        ReceivedFrame first = await peer.ReceiveAsync();

        Assert.False(first.Header.IsChannelMessage);
        CoinbaseOutputConstraints constraints = first.As<CoinbaseOutputConstraints>();
        Assert.Equal((31u, (ushort)4), (constraints.CoinbaseOutputMaxAdditionalSize, constraints.CoinbaseOutputMaxAdditionalSigops));
    }

    [Fact]
    [Trait("spec", "309")]
    [Trait("spec", "319")]
    public async Task Future_templates_wait_for_the_prev_hash_and_others_are_told_at_once()
    {
        await using ScriptedProvider provider = new();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        await using ScriptedPeer peer = await provider.ServeAsync(10);
        ProvidedTemplate first = Assert.IsType<ProvidedTemplate>(await client.NextTemplateOrTipAsync());
        ActiveTemplate tip = Assert.IsType<ActiveTemplate>(await client.NextTemplateOrTipAsync());
        Assert.Same(first, tip.Template);

        await peer.SendAsync(ScriptedProvider.Template(11));
        await peer.SendAsync(ScriptedProvider.Template(12));
        await peer.SendAsync(ScriptedProvider.Template(13, future: false));
        ProvidedTemplate eleven = Assert.IsType<ProvidedTemplate>(await client.NextTemplateOrTipAsync());
        Assert.True(eleven.IsFuture);
        await client.NextTemplateOrTipAsync();
        ProvidedTemplate thirteen = Assert.IsType<ProvidedTemplate>(await client.NextTemplateOrTipAsync());
        Assert.False(thirteen.IsFuture);
        Assert.Same(thirteen, client.Client.Active!.Template);
        Assert.Equal(U256.FromLimbs(1), client.Client.Active.PrevHash.PrevHash);

        await peer.SendAsync(ScriptedProvider.Tip(11, hash: 2));
        tip = Assert.IsType<ActiveTemplate>(await client.NextTemplateOrTipAsync());
        Assert.Same(eleven, tip.Template);
        Assert.Equal(U256.FromLimbs(2), tip.PrevHash.PrevHash);

        // With the tip the other future template has died.
        await peer.SendAsync(ScriptedProvider.Tip(12, hash: 3));
        ProviderState state = await client.NextAsync<ProviderState>(state => state.State == UpstreamState.BackingOff);
        Assert.Contains("names template 12, which was not announced", state.Reason, StringComparison.Ordinal);
        // What is being mined stays until a provider brings something newer.
        Assert.Same(eleven, client.Client.Active!.Template);
    }

    public static TheoryData<string, string> BadTemplates => new()
    {
        { "prefix", "field coinbase_prefix: 9 bytes exceed 8" },
        { "count", "field coinbase_tx_outputs: coinbase_tx_outputs_count: 3 outputs do not fit 0 bytes" },
        { "prefixed", "field coinbase_tx_outputs:" },
        { "immediate", "there was no SetNewPrevHash yet" },
        { "value", "field coinbase_tx_value_remaining" },
    };

    [Theory]
    [MemberData(nameof(BadTemplates))]
    [Trait("spec", "310")]
    [Trait("spec", "314")]
    public async Task A_template_that_cannot_be_worked_on_ends_the_connection_with_the_reason(string kind, string reason)
    {
        NewTemplate template = ScriptedProvider.Template(10);
        template = kind switch
        {
            "prefix" => template with { CoinbasePrefix = new byte[9] },
            "count" => template with { CoinbaseTxOutputsCount = 3 },
            // A CompactSize in front, as other messages have it.
            "prefixed" => template with { CoinbaseTxOutputsCount = 1, CoinbaseTxOutputs = new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x51 } },
            "immediate" => template with { FutureTemplate = false },
            _ => template with { CoinbaseTxValueRemaining = ulong.MaxValue },
        };
        await using ScriptedProvider provider = new();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        await using ScriptedPeer peer = await provider.AcceptAsync();
        await peer.ExpectAsync<CoinbaseOutputConstraints>();

        await peer.SendAsync(template);

        ProviderState state = await client.NextAsync<ProviderState>(state => state.State == UpstreamState.BackingOff);
        Assert.Contains(reason, state.Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "326")]
    [Trait("spec", "327")]
    public async Task A_solution_becomes_a_block_and_leaves_no_file()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        ActiveTemplate active = await client.NextAsync<ActiveTemplate>();
        for (int i = 0; i < 5; i++)
        {
            TemplateSolution solution = Solve(client.Client.Active!, (ulong)i);
            Assert.Equal(SolutionDelivery.Sent, client.Client.SubmitSolution(solution));
            active = await client.NextAsync<ActiveTemplate>();
            Assert.Equal(solution.BlockHash, active.PrevHash.PrevHash);
            // The tip is told before its full template; work on that.
            await client.NextAsync<ProvidedTemplate>(template => !template.IsFuture);
        }
        Assert.Equal(6, provider.Node.CurrentView()!.Height);
        Assert.Empty(client.SolutionFiles);
    }

    [Fact]
    public async Task The_owner_is_told_that_its_block_became_the_tip()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        TemplateSolution solution = Solve(await client.NextAsync<ActiveTemplate>());

        client.Client.SubmitSolution(solution);

        Assert.Equal((solution, SolutionOutcome.BecameTip), await client.NextAsync<(TemplateSolution, SolutionOutcome)>());
    }

    [Fact]
    [Trait("spec", "334")]
    public async Task A_lost_provider_is_connected_again_and_its_last_template_stays_meanwhile()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        ActiveTemplate before = await client.NextAsync<ActiveTemplate>();

        await provider.Role.StopAsync(default);
        ProviderState down = await client.NextAsync<ProviderState>(state => state.State == UpstreamState.BackingOff);
        Assert.NotNull(down.Reason);
        Assert.NotNull(down.NextAttempt);
        Assert.Equal(before, client.Client.Active);
        Assert.False(client.Client.IsConnected);

        await provider.StartRoleAsync();
        await client.NextAsync<ProviderState>(state => state.State == UpstreamState.Connected);
        Assert.NotSame(before.Template, client.Client.Active!.Template);
        Assert.True(client.Client.Active.Template.Epoch > before.Template.Epoch);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "247")]
    [Trait("spec", "250")]
    [Trait("spec", "253")]
    public async Task A_provider_that_sends_its_clients_elsewhere_is_followed_there_and_solutions_know_whose_they_are(bool duringOpening)
    {
        byte[] authority = Enumerable.Repeat((byte)7, 32).ToArray();
        await using ScriptedProvider old = new(authority);
        await using ScriptedProvider other = new(authority);
        await using ClientFixture client = new(old.ConnectionString);
        client.Client.Start();
        await using ScriptedPeer before = duringOpening ? await old.AcceptAsync() : await old.ServeAsync(10);
        if (!duringOpening)
            await client.NextAsync<ActiveTemplate>();
        await before.SendAsync(new Reconnect { NewHost = "", NewPort = (ushort)other.ConnectionString.Port });

        await using ScriptedPeer after = await other.ServeAsync(20);
        ActiveTemplate active = await client.NextAsync<ActiveTemplate>(tip => tip.Template.TemplateId == 20);
        Assert.Equal(other.ConnectionString, active.Template.Provider);
        Assert.Equal(SolutionDelivery.Sent, client.Client.SubmitSolution(Solution(active.Template)));
        Assert.Equal(20ul, (await after.ExpectAsync<SubmitSolution>()).TemplateId);
        Assert.Equal(old.ConnectionString, Assert.Single(client.Client.Providers).Provider);

        // Once that one fails, the configured one counts again.
        await after.DisposeAsync();
        await using ScriptedPeer again = await old.ServeAsync(30);
        await client.NextAsync<ActiveTemplate>(tip => tip.Template.TemplateId == 30);
    }

    [Fact]
    [Trait("spec", "249")]
    [Trait("spec", "251")]
    [Trait("spec", "399")]
    public async Task A_provider_of_another_authority_is_not_followed_to_and_two_that_send_in_circles_are_left_alone()
    {
        byte[] authority = Enumerable.Repeat((byte)7, 32).ToArray();
        await using ScriptedProvider first = new(authority);
        await using ScriptedProvider stranger = new();
        await using ClientFixture client = new(first.ConnectionString);
        client.Client.Start();
        await using (ScriptedPeer peer = await first.ServeAsync(10))
            await peer.SendAsync(new Reconnect { NewHost = "127.0.0.1", NewPort = (ushort)stranger.ConnectionString.Port });
        await Assert.ThrowsAnyAsync<Exception>(() => stranger.AcceptAsync());

        // Back at the configured one, which sends to itself for ever.
        for (int hop = 1; hop < ReconnectPolicy.DefaultHopsMax; hop++)
        {
            await using ScriptedPeer peer = await first.ServeAsync((ulong)(10 + hop));
            await peer.SendAsync(new Reconnect { NewHost = "", NewPort = 0 });
        }

        await using (ScriptedPeer peer = await first.ServeAsync(99))
            await peer.SendAsync(new Reconnect { NewHost = "", NewPort = 0 });
        ProviderState state = await client.NextAsync<ProviderState>(state => state.Reason?.Contains("more than", StringComparison.Ordinal) == true);
        Assert.Equal(UpstreamState.BackingOff, state.State);
    }

    [Fact]
    public async Task A_provider_that_comes_back_with_the_same_tip_brings_work_that_counts_from_then_on()
    {
        await using ScriptedProvider provider = new();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        ScriptedPeer before = await provider.ServeAsync(10);
        ActiveTemplate old = await client.NextAsync<ActiveTemplate>();
        await before.DisposeAsync();

        // Its numbers may begin anew: the connection tells the templates apart.
        await using ScriptedPeer after = await provider.ServeAsync(10);
        ActiveTemplate now = await client.NextAsync<ActiveTemplate>();
        Assert.Equal(old.PrevHash.PrevHash, now.PrevHash.PrevHash);
        Assert.NotEqual(old.Template.Epoch, now.Template.Epoch);
        Assert.Same(now.Template, client.Client.Active!.Template);
        await after.SendAsync(ScriptedProvider.Template(11, future: false));
        ProvidedTemplate better = await client.NextAsync<ProvidedTemplate>(template => template.TemplateId == 11);
        Assert.Same(better, client.Client.Active!.Template);
        await after.SendAsync(ScriptedProvider.Template(12));
        await after.SendAsync(ScriptedProvider.Tip(12, hash: 2));
        Assert.Equal(12ul, (await client.NextAsync<ActiveTemplate>()).Template.TemplateId);
    }

    private static TemplateSolution Solution(ProvidedTemplate template) => new()
    {
        Template = template,
        Version = 0x2000_0000,
        HeaderTimestamp = 1_800_000_000,
        HeaderNonce = 1,
        CoinbaseTx = new byte[] { 1 },
        BlockHash = U256.FromLimbs(7),
    };

    [Fact]
    public async Task The_next_provider_serves_until_the_preferred_one_is_back()
    {
        await using ProviderFixture first = await ProviderFixture.StartAsync();
        await using ProviderFixture second = await ProviderFixture.StartAsync();
        await first.Role.StopAsync(default);
        await using ClientFixture client = new(first.ConnectionString, second.ConnectionString);
        client.Client.Start();

        ActiveTemplate active = await client.NextAsync<ActiveTemplate>();
        Assert.Equal(second.ConnectionString, active.Template.Provider);
        Assert.Contains("nothing listens there", client.Client.Providers[0].Reason, StringComparison.Ordinal);

        await first.StartRoleAsync();
        active = await client.NextAsync<ActiveTemplate>(active => active.Template.Provider == first.ConnectionString);
        await client.NextAsync<ProviderState>(state => state.State == UpstreamState.Standby);
        Assert.Equal([UpstreamState.Connected, UpstreamState.Standby], client.Client.Providers.Select(provider => provider.State));
        Assert.Null(client.Client.Providers[0].Reason);

        await first.Role.StopAsync(default);
        active = await client.NextAsync<ActiveTemplate>(active => active.Template.Provider == second.ConnectionString);
        Assert.Same(active.Template, client.Client.Active!.Template);
    }

    [Fact]
    public async Task A_solution_for_a_provider_that_is_not_in_use_goes_there_on_a_connection_of_its_own()
    {
        await using ProviderFixture first = await ProviderFixture.StartAsync();
        await using ProviderFixture second = await ProviderFixture.StartAsync();
        await first.Role.StopAsync(default);
        await using ClientFixture client = new(first.ConnectionString, second.ConnectionString);
        client.Client.Start();
        TemplateSolution solution = Solve(await client.NextAsync<ActiveTemplate>());
        await first.StartRoleAsync();
        await client.NextAsync<ActiveTemplate>(active => active.Template.Provider == first.ConnectionString);

        Assert.Equal(SolutionDelivery.Waiting, client.Client.SubmitSolution(solution));

        // Whichever is first: the provider's tip on that connection, or its end.
        (TemplateSolution settled, SolutionOutcome outcome) = await client.NextAsync<(TemplateSolution, SolutionOutcome)>();
        Assert.Same(solution, settled);
        Assert.Contains(outcome, new[] { SolutionOutcome.Delivered, SolutionOutcome.BecameTip });
        await second.WaitForHeightAsync(1);
        Assert.Empty(client.SolutionFiles);
    }

    [Fact]
    public async Task A_solution_found_while_disconnected_survives_a_restart_of_the_client()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        using TemporaryFolder folder = new();
        TemplateSolution solution;
        await using (ClientFixture client = new(folder, provider.ConnectionString))
        {
            client.Client.Start();
            solution = Solve(await client.NextAsync<ActiveTemplate>());
            await client.Client.StopAsync();
            Assert.Equal(SolutionDelivery.Waiting, client.Client.SubmitSolution(solution));
            Assert.Single(client.SolutionFiles);
        }

        await using ClientFixture again = new(folder, provider.ConnectionString);
        again.Client.Start();

        await provider.WaitForHeightAsync(1);
        Assert.Equal(solution.BlockHash, provider.Node.CurrentView()!.TipHash);
        await again.NextAsync<ActiveTemplate>(active => active.PrevHash.PrevHash == solution.BlockHash);
    }

    [Fact]
    public async Task A_damaged_solution_file_is_reported_and_left_alone()
    {
        await using ScriptedProvider provider = new();
        await using ClientFixture client = new(provider.ConnectionString);
        Directory.CreateDirectory(client.SolutionsDirectory);
        string path = Path.Combine(client.SolutionsDirectory, "00.solution.json");
        await File.WriteAllTextAsync(path, "{ \"provider\": 1 }");

        client.Client.Start();
        await using ScriptedPeer peer = await provider.ServeAsync();

        await client.NextAsync<ActiveTemplate>();
        Assert.True(File.Exists(path));
        Assert.Contains(client.Log.Lines, line => line.Contains("cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("spec", "323")]
    [Trait("spec", "324")]
    public async Task Transaction_data_is_passed_on_unchanged_whatever_it_is()
    {
        await using ScriptedProvider provider = new();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        await using ScriptedPeer peer = await provider.ServeAsync(10);
        ProvidedTemplate template = (await client.NextAsync<ActiveTemplate>()).Template;
        byte[] excess = [9, 8, 7];
        ByteString[] blobs = [new byte[] { 1, 2, 3, 0xff }, new byte[] { 0 }, default];

        Task<TransactionData> request = client.Client.RequestTransactionDataAsync(template, default);
        Assert.Equal(10ul, (await peer.ExpectAsync<RequestTransactionData>()).TemplateId);
        await peer.SendAsync(new RequestTransactionDataSuccess { TemplateId = 10, ExcessData = excess, TransactionList = blobs });

        TransactionData data = await request;
        Assert.Equal(excess, data.ExcessData.ToArray());
        Assert.Equal(blobs, data.Transactions.ToArray());
    }

    [Fact]
    [Trait("spec", "322")]
    public async Task A_refused_request_for_transactions_carries_the_code()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        ProvidedTemplate template = (await client.NextAsync<ActiveTemplate>()).Template;
        Assert.Equal(40, (await client.Client.RequestTransactionDataAsync(template, default)).Transactions.Count);
        provider.MineElsewhere();
        await client.NextAsync<ActiveTemplate>();

        TransactionDataException e = await Assert.ThrowsAsync<TransactionDataException>(() => client.Client.RequestTransactionDataAsync(template, default));

        Assert.Equal("stale-template-id", e.ErrorCode);
    }

    [Fact]
    public async Task A_request_that_is_open_fails_with_the_connection()
    {
        await using ScriptedProvider provider = new();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        ScriptedPeer peer = await provider.ServeAsync();
        ProvidedTemplate template = (await client.NextAsync<ActiveTemplate>()).Template;
        Task<TransactionData> request = client.Client.RequestTransactionDataAsync(template, default);
        await peer.ExpectAsync<RequestTransactionData>();

        await peer.DisposeAsync();

        Assert.Equal("disconnected", (await Assert.ThrowsAsync<TransactionDataException>(() => request)).ErrorCode);
        Assert.Equal("disconnected", (await Assert.ThrowsAsync<TransactionDataException>(() => client.Client.RequestTransactionDataAsync(template, default))).ErrorCode);
    }

    [Fact]
    [Trait("spec", "335")]
    public async Task New_constraints_are_sent_at_once_and_with_the_next_connection()
    {
        await using ScriptedProvider provider = new();
        await using ClientFixture client = new(provider.ConnectionString);
        client.Client.Start();
        await using (ScriptedPeer peer = await provider.ServeAsync())
        {
            await client.NextAsync<ProviderState>(state => state.State == UpstreamState.Connected);
            client.Client.SetConstraints(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 77, CoinbaseOutputMaxAdditionalSigops = 8 });
            Assert.Equal(77u, (await peer.ExpectAsync<CoinbaseOutputConstraints>()).CoinbaseOutputMaxAdditionalSize);
        }

        await using ScriptedPeer next = await provider.AcceptAsync();
        Assert.Equal(77u, (await next.ExpectAsync<CoinbaseOutputConstraints>()).CoinbaseOutputMaxAdditionalSize);
    }

    [Fact]
    [Trait("spec", "332")]
    public async Task A_provider_with_another_authority_key_is_refused_and_the_next_one_serves()
    {
        await using ProviderFixture provider = await ProviderFixture.StartAsync();
        using AuthorityKeyPair other = AuthorityKeyPair.Generate();
        await using ClientFixture client = new(provider.ConnectionString with { AuthorityPublicKey = other.PublicKey }, provider.ConnectionString);
        client.Client.Start();

        ProviderState refused = await client.NextAsync<ProviderState>(state => state.State == UpstreamState.Failed);
        await client.NextAsync<ActiveTemplate>();

        Assert.Equal(other.PublicKey, refused.Provider.AuthorityPublicKey);
        Assert.Contains("authority", refused.Reason, StringComparison.OrdinalIgnoreCase);
    }

    private static TemplateSolution Solve(ActiveTemplate active, ulong extranonce = 0)
    {
        // The newest template may not be the one that the tip named; the tip is the same.
        NewTemplate template = active.Template.Message;
        SubmitSolution solution = Solver.Solve(template, active.PrevHash, extranonce);
        return new TemplateSolution
        {
            Template = active.Template,
            Version = solution.Version,
            HeaderTimestamp = solution.HeaderTimestamp,
            HeaderNonce = solution.HeaderNonce,
            CoinbaseTx = solution.CoinbaseTx,
            BlockHash = Solver.BlockHash(template, active.PrevHash, solution),
        };
    }
}
