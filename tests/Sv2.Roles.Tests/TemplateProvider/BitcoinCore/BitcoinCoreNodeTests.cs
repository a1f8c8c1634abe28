using System.Net;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Roles.Node;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.BitcoinCore;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.TemplateProvider.Support;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.TemplateProvider.BitcoinCore;

public sealed class BitcoinCoreNodeTests
{
    [Fact]
    [Trait("spec", "301")]
    [Trait("spec", "305")]
    [Trait("spec", "327")]
    public async Task Blocks_are_mined_on_Bitcoin_Core_through_the_template_provider()
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        await using NodeFixture fixture = new(core.Options);
        await using TemplateProviderRole role = new(
            new TemplateProviderOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, fixture.Node, fixture.Context);
        await role.StartAsync(default);
        ScriptedPeer peer = await ScriptedPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, role.ConnectionString!.Port));
        await peer.HandshakeAsClientAsync(role.ConnectionString.AuthorityPublicKey);
        await using TemplatePeer client = new(peer);
        await client.SetUpAsync();
        await peer.SendAsync(new Protocol.TemplateDistribution.CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 31, CoinbaseOutputMaxAdditionalSigops = 0 });
        await client.ReadStartAsync(hasAhead: true);

        for (int i = 0; i < 10; i++)
        {
            await peer.SendAsync(Solver.Solve(client.Template, client.Tip));
            await client.ReadTipAsync();
        }

        Assert.Equal(11, core.Chain.CurrentView()!.Height);
        // The node's tip can be here before its answer to the last submitblock.
        await fixture.WhenAsync(() => role.Report().Figures.Single(figure => figure.Name == "blocksAccepted").Value == 10 && fixture.WaitingFiles.Length == 0);
        RoleReport report = role.Report();
        Assert.Equal(RoleHealth.Healthy, report.Health);
        Assert.Equal(UpstreamState.Connected, Assert.Single(report.Upstreams).State);
        Page<BlockInfo> blocks = await role.ListBlocksAsync(ListQuery.First, default);
        Assert.Equal(10, blocks.Total);
        Assert.All(blocks.Items, block => Assert.Equal(BlockState.Accepted, block.State));
    }

    [Fact]
    public async Task A_client_with_too_many_solutions_at_the_node_stays_connected_and_the_first_ones_count()
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        await using NodeFixture fixture = new(core.Options);
        await using TemplateProviderRole role = new(
            new TemplateProviderOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, fixture.Node, fixture.Context);
        await role.StartAsync(default);
        ScriptedPeer peer = await ScriptedPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, role.ConnectionString!.Port));
        await peer.HandshakeAsClientAsync(role.ConnectionString.AuthorityPublicKey);
        await using TemplatePeer client = new(peer);
        await client.SetUpAsync();
        await peer.SendAsync(new Protocol.TemplateDistribution.CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 31, CoinbaseOutputMaxAdditionalSigops = 0 });
        await client.ReadStartAsync(hasAhead: true);

        core.HoldSubmits();
        for (ulong i = 0; i < DistributionSession.SolutionsAtOnceMax + 3; i++)
            await peer.SendAsync(Solver.Solve(client.Template, client.Tip, extranonce: i));
        await fixture.WhenAsync(() => Rejected(role) == 3);
        core.ReleaseSubmits();

        await client.ReadTipAsync();
        Assert.Equal(2, core.Chain.CurrentView()!.Height);
        Assert.Equal(3, Rejected(role));

        static double Rejected(TemplateProviderRole role) =>
            role.Report().Figures.FirstOrDefault(figure => figure.Name == "solutionsRejected.too-many-solutions")?.Value ?? 0;
    }

    [Fact]
    [Trait("spec", "318")]
    public async Task A_new_tip_is_seen_by_the_long_poll()
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        await using NodeFixture fixture = new(core.Options);
        await fixture.StartAsync();
        NodeView before = await fixture.ViewAsync(1);

        MineElsewhere(core);
        NodeView view = await fixture.ViewAsync(2);

        Assert.Equal(core.Chain.CurrentView()!.TipHash, view.TipHash);
        Assert.NotEqual(before.TipHash, view.TipHash);
        Assert.Equal(core.Chain.CurrentView()!.MinTime, view.MinTime);
    }

    [Fact]
    public async Task A_template_is_read_as_the_node_means_it()
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync(ChainFixture.Easy(initial: 200));
        await using NodeFixture fixture = new(core.Options);
        await fixture.StartAsync();

        NodeView view = await fixture.ViewAsync(1);

        NodeView meant = core.Chain.CurrentView()!;
        Assert.Equal((meant.TipHash, meant.NBits, meant.Version, meant.Subsidy), (view.TipHash, view.NBits, view.Version, view.Subsidy));
        Assert.Equal(meant.Candidates.Select(Describe), view.Candidates.Select(Describe));
        Assert.Contains(view.Candidates, candidate => candidate.Depends.Count > 0);

        static string Describe(CandidateTransaction candidate) =>
            $"{candidate.Txid} {candidate.Wtxid} {candidate.Fee} {candidate.Weight} {candidate.SigopCost} [{string.Join(' ', candidate.Depends)}] {Convert.ToHexString(candidate.Data.Span)}";
    }

    [Fact]
    public async Task Fees_that_rise_are_seen_by_polling()
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        await using NodeFixture fixture = new(TimeSpan.FromMilliseconds(30), core.Options);
        await fixture.StartAsync();
        int before = (await fixture.ViewAsync(1)).Candidates.Count;
        (OutPoint outpoint, Coin coin) = core.Chain.Coins().Last(coin => coin.Value.Script == SpendableScript.PayToWitness);
        Transaction payment = new(2, [SpendableScript.Spend(outpoint, coin.Script, 0xfffffffd)], [new TxOutput(coin.Value - 50_000, Solver.Payout)], 0);

        Assert.Null(core.Chain.SubmitTransaction(payment));

        NodeView after = await fixture.ViewAsync(1, view => view.Candidates.Count > before);
        Assert.Contains(after.Candidates, candidate => candidate.Txid == payment.Txid);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "downloading", "it is still downloading the chain (block 0 of 500001)" },
        { "warming up", "Loading block index" },
        { "overloaded", "HTTP status 503" },
        { "no node", "something that is not JSON" },
        { "hangs", "did not answer getblockchaininfo within" },
        { "rule", "has the rule signet, which this program does not know how to mine under" },
        { "chain", "it is on chain test, wanted is regtest" },
        { "commitment", "its default_witness_commitment is 0000" },
        { "away", "nothing listens at 127.0.0.1" },
        { "cookie missing", "cannot be read" },
        { "cookie wrong", "refuses the cookie" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_node_that_cannot_be_mined_on_says_why_and_is_used_as_soon_as_it_can(string what, string reason)
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        string cookie = await File.ReadAllTextAsync(core.CookieFile);
        switch (what)
        {
            case "downloading": core.IsDownloading = true; break;
            case "warming up": core.Fault = NodeFault.WarmsUp; break;
            case "overloaded": core.Fault = NodeFault.IsOverloaded; break;
            case "no node": core.Fault = NodeFault.IsNoNode; break;
            case "hangs": core.Fault = NodeFault.Hangs; break;
            case "rule": core.ExtraRules = ["!signet"]; break;
            case "chain": core.ChainName = "test"; break;
            case "commitment": core.LiesAboutCommitment = true; break;
            case "away": await core.StopListeningAsync(); break;
            case "cookie missing": File.Delete(core.CookieFile); break;
            default: await File.WriteAllTextAsync(core.CookieFile, "__cookie__:wrong"); break;
        }
        // A node that hangs is what the time limit is for; the others answer, however slow the machine is.
        using TemporaryFolder folder = new();
        await using NodeFixture fixture = new(TimeSpan.FromHours(1), folder, what == "hangs" ? TimeSpan.FromSeconds(1) : null, core.Options);
        await fixture.StartAsync();

        await fixture.WhenAsync(() => fixture.Node.Status.Upstreams[0].Reason is not null);
        NodeStatus status = fixture.Node.Status;
        Assert.Contains(reason, status.Upstreams[0].Reason, StringComparison.Ordinal);
        Assert.Contains(reason, status.Message, StringComparison.Ordinal);
        Assert.Equal(RoleHealth.Unhealthy, status.Health);
        Assert.Null(fixture.Node.CurrentView());

        (core.IsDownloading, core.Fault, core.ExtraRules, core.ChainName, core.LiesAboutCommitment) = (false, NodeFault.None, [], "regtest", false);
        await File.WriteAllTextAsync(core.CookieFile, cookie);
        if (what == "away")
            await core.ListenAsync();
        await fixture.ViewAsync(1);
        Assert.Equal(RoleHealth.Healthy, fixture.Node.Status.Health);
        Assert.Null(fixture.Node.Status.Upstreams[0].Reason);
    }

    [Fact]
    public async Task A_wrong_password_is_named_and_a_right_one_works()
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        string[] cookie = (await File.ReadAllTextAsync(core.CookieFile)).Split(':');
        await using NodeFixture wrong = new(new RpcNodeOptions { Url = core.Url, User = cookie[0], Password = "nonsense" });
        await wrong.StartAsync();
        await wrong.WhenAsync(() => wrong.Node.Status.Upstreams[0].State == UpstreamState.Failed);
        Assert.Contains("refuses the user and password", wrong.Node.Status.Upstreams[0].Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("nonsense", wrong.Node.Status.ToString(), StringComparison.Ordinal);

        await using NodeFixture right = new(new RpcNodeOptions { Url = core.Url, User = cookie[0], Password = cookie[1] });
        await right.StartAsync();
        await right.ViewAsync(1);
    }

    [Fact]
    public async Task A_restarted_node_with_a_new_cookie_is_followed_again()
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        await using NodeFixture fixture = new(core.Options);
        await fixture.StartAsync();
        await fixture.ViewAsync(1);

        await core.StopListeningAsync();
        await fixture.WhenAsync(() => fixture.Node.CurrentView() is null);
        core.RotateCookie();
        MineElsewhere(core);
        await core.ListenAsync();

        await fixture.ViewAsync(2);
    }

    [Fact]
    public async Task The_next_node_serves_until_the_preferred_one_is_back()
    {
        await using FakeBitcoinCore first = await FakeBitcoinCore.StartAsync();
        await using FakeBitcoinCore second = await FakeBitcoinCore.StartAsync();
        MineElsewhere(second);
        first.IsDownloading = true;
        await using NodeFixture fixture = new(first.Options, second.Options);
        await fixture.StartAsync();

        await fixture.ViewAsync(2);
        Assert.Equal(RoleHealth.Degraded, fixture.Node.Status.Health);
        Assert.Contains("downloading", fixture.Node.Status.Upstreams[0].Reason, StringComparison.Ordinal);

        first.IsDownloading = false;
        await fixture.ViewAsync(1);
        await fixture.WhenAsync(() => fixture.Node.Status.Upstreams[1].State == UpstreamState.Standby);
        Assert.Equal(RoleHealth.Healthy, fixture.Node.Status.Health);

        await first.StopListeningAsync();
        await fixture.ViewAsync(2);
        await first.ListenAsync();
    }

    [Fact]
    public async Task A_block_goes_to_every_node_and_one_acceptance_is_enough()
    {
        await using FakeBitcoinCore first = await FakeBitcoinCore.StartAsync();
        await using FakeBitcoinCore second = await FakeBitcoinCore.StartAsync();
        await using NodeFixture fixture = new(first.Options, second.Options);
        await fixture.StartAsync();
        NodeView view = await fixture.ViewAsync(1);
        first.SubmitAnswer = "inconclusive";

        BlockVerdict verdict = await fixture.Node.SubmitBlockAsync(Block(view), default);

        Assert.Equal(BlockVerdict.Accepted, verdict);
        Assert.Equal((1, 2), (first.Chain.CurrentView()!.Height, second.Chain.CurrentView()!.Height));
        Assert.Empty(fixture.WaitingFiles);
    }

    [Theory]
    [InlineData("high-hash", BlockJudgement.Rejected)]
    [InlineData("bad-txnmrklroot", BlockJudgement.Rejected)]
    [InlineData("rejected", BlockJudgement.Rejected)]
    [InlineData("duplicate-invalid", BlockJudgement.Rejected)]
    [InlineData("duplicate", BlockJudgement.Duplicate)]
    [InlineData("inconclusive", BlockJudgement.SideBranch)]
    [InlineData("duplicate-inconclusive", BlockJudgement.SideBranch)]
    public async Task The_nodes_words_for_a_block_are_understood(string word, BlockJudgement judgement)
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        await using NodeFixture fixture = new(core.Options);
        await fixture.StartAsync();
        NodeView view = await fixture.ViewAsync(1);
        core.SubmitAnswer = word;

        BlockVerdict verdict = await fixture.Node.SubmitBlockAsync(Block(view), default);

        Assert.Equal(judgement, verdict.Judgement);
        Assert.Empty(fixture.WaitingFiles);
    }

    [Fact]
    public async Task A_block_that_no_node_could_take_is_submitted_when_one_is_back()
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        await using NodeFixture fixture = new(core.Options);
        await fixture.StartAsync();
        NodeView view = await fixture.ViewAsync(1);
        core.Fault = NodeFault.IsOverloaded;

        BlockVerdict verdict = await fixture.Node.SubmitBlockAsync(Block(view), default);
        Assert.Equal(BlockJudgement.Waiting, verdict.Judgement);
        Assert.Single(fixture.WaitingFiles);
        Assert.Equal(BlockState.Submitted, fixture.Node.ListBlocks(ListQuery.First).Items.Single().State);

        core.Fault = NodeFault.None;
        await fixture.ViewAsync(2);
        await fixture.WhenAsync(() => fixture.WaitingFiles.Length == 0);
        Assert.Equal(BlockState.Accepted, fixture.Node.ListBlocks(ListQuery.First).Items.Single().State);
    }

    [Fact]
    public async Task A_block_that_waits_survives_a_restart()
    {
        using TemporaryFolder folder = new();
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        SolvedBlock block;
        await using (NodeFixture fixture = new(TimeSpan.FromHours(1), folder, core.Options))
        {
            await fixture.StartAsync();
            block = Block(await fixture.ViewAsync(1));
            core.Fault = NodeFault.WarmsUp;
            Assert.Equal(BlockJudgement.Waiting, (await fixture.Node.SubmitBlockAsync(block, default)).Judgement);
        }
        core.Fault = NodeFault.None;

        await using NodeFixture again = new(TimeSpan.FromHours(1), folder, core.Options);
        await again.StartAsync();

        Assert.Equal(block.Hash, (await again.ViewAsync(2)).TipHash);
        await again.WhenAsync(() => again.WaitingFiles.Length == 0);
    }

    [Fact]
    [Trait("spec", "299")]
    public async Task A_client_that_comes_before_the_node_gets_its_template_when_the_node_is_ready()
    {
        await using FakeBitcoinCore core = await FakeBitcoinCore.StartAsync();
        core.Fault = NodeFault.WarmsUp;
        await using NodeFixture fixture = new(core.Options);
        await using TemplateProviderRole role = new(
            new TemplateProviderOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, fixture.Node, fixture.Context);
        await role.StartAsync(default);
        Assert.Equal(RoleHealth.Unhealthy, role.Report().Health);
        ScriptedPeer peer = await ScriptedPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, role.ConnectionString!.Port));
        await peer.HandshakeAsClientAsync(role.ConnectionString.AuthorityPublicKey);
        await using TemplatePeer client = new(peer);
        await client.SetUpAsync();
        await peer.SendAsync(new Protocol.TemplateDistribution.CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 31, CoinbaseOutputMaxAdditionalSigops = 0 });
        await client.SyncAsync();

        core.Fault = NodeFault.None;

        await client.ReadStartAsync();
        await peer.SendAsync(Solver.Solve(client.Template, client.Tip));
        await client.ReadTipAsync();
    }

    [Fact]
    public void Wrong_options_are_named_by_key()
    {
        TemplateProviderKind kind = new();
        string[] Problems(params RpcNodeOptions[] nodes) =>
        [
            .. kind.Validate(new TemplateProviderOptions
            {
                Source = new TemplateSourceOptions { Kind = TemplateSourceKind.BitcoinCore, BitcoinCore = new BitcoinCoreOptions { Nodes = nodes } },
            }).Select(problem => problem.Key),
        ];

        Assert.Equal(["source.bitcoinCore.nodes"], Problems());
        Assert.Equal(["source.bitcoinCore.nodes[0].url"], Problems(new RpcNodeOptions { Url = "localhost:8332", User = "u", Password = "p" }));
        Assert.Equal(["source.bitcoinCore.nodes[0].url"], Problems(new RpcNodeOptions { Url = "http://u:p@localhost:8332", CookieFile = "c" }));
        Assert.Equal(["source.bitcoinCore.nodes[0]", "source.bitcoinCore.nodes[1]"], Problems(new RpcNodeOptions(), new RpcNodeOptions { CookieFile = "c", User = "u" }));
        Assert.Empty(Problems(new RpcNodeOptions { CookieFile = "c" }, new RpcNodeOptions { User = "u", Password = "p" }));
    }

    private static void MineElsewhere(FakeBitcoinCore core)
    {
        BlockVerdict verdict = core.Chain.SubmitBlock(Block(core.Chain.CurrentView()!, 77).Data.Span);
        Assert.Equal(BlockVerdict.Accepted, verdict);
    }

    private static SolvedBlock Block(NodeView view, ulong extranonce = 0)
    {
        Transaction[] transactions = [.. view.Candidates.Select(candidate => Transaction.Parse(candidate.Data.Span))];
        BlockParts parts = new(
            (uint)view.Height, (ulong)(view.Subsidy + view.Candidates.Sum(candidate => candidate.Fee)), view.TipHash,
            Math.Max(view.MinTime, (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()), view.NBits, transactions, extranonce);
        byte[] bytes = parts.Solve();
        return new SolvedBlock(Bitcoin.Block.Parse(bytes).Hash(), view.Height, bytes);
    }
}
