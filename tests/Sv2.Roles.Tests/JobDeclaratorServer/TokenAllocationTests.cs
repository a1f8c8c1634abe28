using System.Text;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.JobDeclaratorServer;
using Sv2.TestKit;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Tests.JobDeclaratorServer;

/// <summary>Who gets tokens, how many, and what comes with them.</summary>
public sealed class TokenAllocationTests
{
    [Fact]
    [Trait("spec", "254")]
    [Trait("spec", "261")]
    [Trait("spec", "262")]
    [Trait("spec", "263")]
    public async Task Each_token_is_new_and_comes_with_the_same_outputs()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await using RawDeclarator client = await server.ConnectAsync();

        AllocateMiningJobTokenSuccess first = await client.AllocateAsync();
        AllocateMiningJobTokenSuccess second = await client.AllocateAsync();

        Assert.NotEqual(first.MiningJobToken, second.MiningJobToken);
        Assert.Equal(first.CoinbaseTxOutputs, second.CoinbaseTxOutputs);
        Assert.True(TxOutput.TryReadPrefixed(first.CoinbaseTxOutputs.Span, out TxOutput[] outputs, out string? error), error);
        Assert.Equal([new(0, DeclaratorHarness.Payout), new(0, DeclaratorHarness.TagX)], outputs);
        Assert.Equal(2, server.Tokens.Count);
        Assert.All(server.Tokens, token => Assert.Equal("alice", token.UserIdentifier));
        Assert.Equal(2, server.Tokens.Select(token => token.Fingerprint).Distinct().Count());
    }

    [Fact]
    [Trait("spec", "257")]
    [Trait("spec", "259")]
    [Trait("spec", "348")]
    public async Task A_burst_of_ten_thousand_requests_gets_no_more_than_the_limit_and_disturbs_nobody()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { Tokens = new TokenOptions { PerMinute = 1, Burst = 20 } });
        await using RawDeclarator greedy = await server.ConnectAsync();
        await using RawDeclarator modest = await server.ConnectAsync();

        for (uint i = 0; i < 10_000; i++)
            greedy.Send(new AllocateMiningJobToken { UserIdentifier = "greedy", RequestId = i });
        await modest.AllocateAsync();

        await DeclaratorHarness.UntilAsync(() => server.Figure("tokenRequestsUnanswered") + server.Figure("tokensGiven") >= 10_001, "all requests were looked at");
        int answered = greedy.Inbox.Count<AllocateMiningJobTokenSuccess>();
        Assert.InRange(answered, 20, 30);
        Assert.Null(greedy.Connection.Reason);
        Assert.Contains("asks for more than 1 tokens a minute", (await server.Events.ExpectAsync(DeclarationEvents.Tokens)).Message, StringComparison.Ordinal);
        await modest.AllocateAsync();
    }

    [Fact]
    [Trait("spec", "258")]
    public async Task A_token_can_be_used_once_by_its_own_connection_and_in_its_time()
    {
        ManualTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(clock: clock);
        await using RawDeclarator alice = await server.ConnectAsync();
        await using RawDeclarator mallory = await server.ConnectAsync();
        RawJob job = await alice.PrepareAsync(server.View, [], 0);

        mallory.Send(job.Message);
        await ExpectInvalidTokenAsync(mallory, "given on another connection");
        await alice.DeclareAsync(job, providesMissing: false);
        alice.Send(job.Message);
        await ExpectInvalidTokenAsync(alice, "used before");
        alice.Send(job.Message with { MiningJobToken = "made up"u8.ToArray() });
        await ExpectInvalidTokenAsync(alice, "none of this kind");
        RawJob late = await alice.PrepareAsync(server.View, [], 0);
        clock.Advance(TimeSpan.FromMinutes(31));
        alice.Send(late.Message);
        await ExpectInvalidTokenAsync(alice, "expired");
        Assert.Empty(server.Tokens);
    }

    [Fact]
    public async Task Of_too_many_unused_tokens_the_oldest_becomes_worthless()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { Tokens = new TokenOptions { OutstandingMax = 3 } });
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, [], 0);
        for (int i = 0; i < 3; i++)
            await client.AllocateAsync();

        client.Send(job.Message);

        await ExpectInvalidTokenAsync(client, "replaced by newer ones");
        Assert.Equal(3, server.Tokens.Count);
    }

    [Theory]
    [InlineData(DeclarationMode.FullTemplate, true, true)]
    [InlineData(DeclarationMode.FullTemplate, false, false)]
    [InlineData(DeclarationMode.CoinbaseOnly, false, true)]
    [InlineData(DeclarationMode.CoinbaseOnly, true, false)]
    [InlineData(DeclarationMode.Both, true, true)]
    [InlineData(DeclarationMode.Both, false, true)]
    [Trait("spec", "133")]
    public async Task The_mode_decides_which_clients_are_served(DeclarationMode mode, bool reveals, bool served)
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { Mode = mode });

        (Sv2.Transport.Sv2Connection connection, SetupResult setup) = await RawDeclarator.TryConnectAsync(server.Role.ConnectionString!, reveals);
        await using (connection)
        {
            Assert.Equal(served, setup.Succeeded);
            Assert.Equal(served ? 0u : 1u, setup.Failure?.UnsupportedFlags ?? 0);
        }
    }

    [Fact]
    [Trait("spec", "293")]
    [Trait("spec", "296")]
    public async Task Only_the_job_declaration_protocol_is_spoken_here()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();

        (Sv2.Transport.Sv2Connection connection, SetupResult setup) = await RawDeclarator.TryConnectAsync(server.Role.ConnectionString!, false, Subprotocol.Mining);
        await using (connection)
            Assert.Equal("unsupported-protocol", setup.Failure?.ErrorCode);
    }

    [Fact]
    [Trait("spec", "270")]
    public async Task A_client_that_reveals_nothing_gets_tokens_for_the_pool_and_may_not_declare()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await using RawDeclarator client = await server.ConnectAsync(revealsTransactions: false);
        RawJob job = await client.PrepareAsync(server.View, [], 0);

        client.Send(job.Message);

        Assert.Equal(DeclarationErrorCodes.DeclareTxDataNotSet, (await client.ExpectErrorAsync()).ErrorCode.ToString());
        Assert.True(Verifier(server).TryVerify(job.Message.MiningJobToken.Span, TimeProvider.System.GetUtcNow(), out MiningJobToken? token, out string? error), error);
        Assert.Equal(TokenPurpose.CoinbaseOnly, token.Purpose);
        Assert.Equal(TokenDigest.OfUser("alice"u8), token.User);
        Assert.Equal([TokenDigest.OfScript(DeclaratorHarness.Payout), TokenDigest.OfScript(DeclaratorHarness.TagX)], token.RequiredScripts.ToArray());
    }

    [Fact]
    [Trait("spec", "270")]
    public async Task A_coinbase_only_server_needs_no_node()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { Mode = DeclarationMode.CoinbaseOnly, Nodes = [] });
        await using RawDeclarator client = await server.ConnectAsync(revealsTransactions: false);

        await client.AllocateAsync();

        Assert.Equal(RoleHealth.Healthy, server.Role.Report().Health);
        Assert.Empty(server.Role.Report().Upstreams);
    }

    [Fact]
    [Trait("spec", "252")]
    public async Task Stopping_sends_clients_away_in_good_order()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await using RawDeclarator client = await server.ConnectAsync();

        Task stopping = server.Role.StopAsync(default);

        await client.ExpectAsync<Reconnect>();
        await client.Ended;
        await stopping;
        Assert.Equal(RoleHealth.Unhealthy, server.Role.Report().Health);
    }

    [Fact]
    [Trait("spec", "258")]
    public async Task A_token_key_of_its_own_is_listed_signs_the_tokens_and_can_be_changed()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { TokenKeyFile = "token.key" });
        await using RawDeclarator client = await server.ConnectAsync(revealsTransactions: false);
        AllocateMiningJobTokenSuccess given = await client.AllocateAsync();

        KeyInfo key = server.Role.ListKeys().Single(key => key.Name == "token");
        Assert.Equal(["authority", "static", "token"], server.Role.ListKeys().Select(key => key.Name));
        Assert.Equal(key.PublicKey, server.Role.TokenKey!.ToString());
        Assert.NotEqual(key.PublicKey, server.Role.ConnectionString!.AuthorityPublicKey!.ToString());
        Assert.True(Verifier(server).TryVerify(given.MiningJobToken.Span, TimeProvider.System.GetUtcNow(), out _, out string? error), error);

        KeyRotation rotation = server.Role.RotateKey("token");
        Assert.Equal(key.PublicKey, rotation.PreviousPublicKey);
        Assert.Equal(rotation.PublicKey, server.Role.ListKeys().Single(key => key.Name == "token").PublicKey);
    }

    [Fact]
    [Trait("spec", "252")]
    public async Task Draining_sends_clients_away_and_leaves_the_role_running()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await using RawDeclarator client = await server.ConnectAsync();

        await server.Role.DrainAsync(default);

        await client.ExpectAsync<Reconnect>();
        await client.Ended;
        Assert.False(server.Role.Completion.IsCompleted);
    }

    [Theory]
    [InlineData("nodes", "is empty, but declared transactions are checked with a node")]
    [InlineData("payout", "")]
    [InlineData("furtherOutputs[0]", "")]
    [InlineData("nodes[0].url", "is not an address")]
    public void A_configuration_fault_names_its_key(string key, string message)
    {
        JobDeclaratorServerOptions good = new JobDeclaratorServerKind().Example;
        JobDeclaratorServerOptions bad = key switch
        {
            "nodes" => good with { Nodes = [] },
            "payout" => good with { Payout = "nowhere" },
            "furtherOutputs[0]" => good with { FurtherOutputs = ["nothing"] },
            _ => good with { Nodes = [new Sv2.Roles.Node.RpcNodeOptions { Url = "there", CookieFile = "x" }] },
        };

        Assert.Empty(new JobDeclaratorServerKind().Validate(good));
        ConfigurationProblem problem = Assert.Single(new JobDeclaratorServerKind().Validate(bad));

        Assert.Equal(key, problem.Key);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    private static TokenVerifier Verifier(DeclaratorHarness server) => new([server.Role.TokenKey!]);

    private static async Task ExpectInvalidTokenAsync(RawDeclarator client, string reason)
    {
        DeclareMiningJobError error = await client.ExpectErrorAsync();
        Assert.Equal(DeclarationErrorCodes.InvalidMiningJobToken, error.ErrorCode.ToString());
        Assert.Contains(reason, Encoding.UTF8.GetString(error.ErrorDetails.Span), StringComparison.Ordinal);
    }
}
