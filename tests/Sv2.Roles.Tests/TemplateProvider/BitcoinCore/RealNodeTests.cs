using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.MiningDevice;
using Sv2.Roles.Pool;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Tests.TemplateProvider.Support;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.TemplateProvider.BitcoinCore;

/// <summary>The template provider, and a pool with a miner behind it, against a real node on regtest where <c>bitcoind</c> is on the PATH.</summary>
public sealed class RealNodeTests
{
    private const ulong Fee = 10_000;

    [BitcoindFact]
    [Trait("spec", "301")]
    [Trait("spec", "305")]
    public async Task Blocks_with_transactions_are_mined_tips_followed_and_a_restart_outlived()
    {
        await using RealNode core = await RealNode.StartAsync();
        await GenerateAsync(core, 110);
        string[] sent = [await SpendAsync(core, 1), await SpendAsync(core, 2), await SpendAsync(core, 3)];
        await using NodeFixture fixture = new(core.Options);
        await using TemplateProviderRole role = await ProvideAsync(fixture);
        await using TemplatePeer client = await ConnectAsync(role);

        await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip));
        await client.ReadTipAsync();
        Assert.Equal(111, await core.HeightAsync());
        Assert.Equal(sent.Order(), (await core.TransactionsOfTipAsync()).Skip(1).Order());

        await GenerateAsync(core, 1);
        await client.ReadTipAsync();

        // A block that is found while the node is away waits on disk, and the node has a new cookie when it is back.
        await core.StopAsync();
        await client.Peer.SendAsync(Solver.Solve(client.Template, client.Tip));
        await fixture.WhenAsync(() => fixture.WaitingFiles.Length == 1);
        await core.RunAsync();
        await fixture.WhenAsync(() => fixture.WaitingFiles.Length == 0);
        Assert.Equal(113, await core.HeightAsync());
    }

    [BitcoindFact]
    public async Task A_pool_and_its_miner_make_the_chain_grow()
    {
        await using RealNode core = await RealNode.StartAsync();
        await GenerateAsync(core, 1);
        await using NodeFixture fixture = new(core.Options);
        await using TemplateProviderRole provider = await ProvideAsync(fixture);
        using TemporaryFolder poolFolder = new();
        using TemporaryFolder deviceFolder = new();
        await using PoolRole pool = new(
            new PoolOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                TemplateProviders = [provider.ConnectionString!.ToString()],
                Network = "regtest",
                Payout = $"raw({Solver.Payout})",
                ShareDifficulty = 1e-9,
            },
            Context("pool", poolFolder));
        await pool.StartAsync(default);
        await using MiningDeviceRole device = new(
            new MiningDeviceOptions { Pools = [pool.Report().Endpoints[0].ConnectionString!], UserIdentity = "alice.rig", Channel = DeviceChannel.Extended, TargetHashRate = 4 },
            Context("device", deviceFolder));
        await device.StartAsync(default);

        await fixture.WhenAsync(() => fixture.Node.CurrentView() is { Height: > 5 });

        await device.StopAsync(default);
        JsonNode block = (await core.CallAsync("getblock", (await core.CallAsync("getblockhash", 3))!.DeepClone(), 2))!;
        Assert.Equal(Solver.Payout.ToString(), (string)block["tx"]![0]!["vout"]![0]!["scriptPubKey"]!["hex"]!);
        Assert.Equal(50m, (decimal)block["tx"]![0]!["vout"]![0]!["value"]!);
    }

    private static async Task<TemplateProviderRole> ProvideAsync(NodeFixture fixture)
    {
        TemplateProviderRole role = new(new TemplateProviderOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, fixture.Node, fixture.Context);
        await role.StartAsync(default);
        return role;
    }

    private static async Task<TemplatePeer> ConnectAsync(TemplateProviderRole role)
    {
        ScriptedPeer peer = await ScriptedPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, role.ConnectionString!.Port));
        await peer.HandshakeAsClientAsync(role.ConnectionString.AuthorityPublicKey);
        TemplatePeer client = new(peer);
        await client.SetUpAsync();
        await peer.SendAsync(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 31, CoinbaseOutputMaxAdditionalSigops = 0 });
        await client.ReadStartAsync(hasAhead: true);
        return client;
    }

    /// <summary>Blocks that pay to a script which anybody can spend.</summary>
    private static async Task GenerateAsync(RealNode core, int blocks) =>
        await core.CallAsync("generatetodescriptor", blocks, $"raw({SpendableScript.PayToWitness})");

    /// <summary>Puts a transaction into the node's memory pool that spends the coinbase of a block; gives its id.</summary>
    private static async Task<string> SpendAsync(RealNode core, int height)
    {
        JsonNode block = (await core.CallAsync("getblock", (await core.CallAsync("getblockhash", height))!.DeepClone(), 2))!;
        OutPoint coin = new(U256.FromDisplayHex((string)block["tx"]![0]!["txid"]!), 0);
        ulong value = (ulong)((decimal)block["tx"]![0]!["vout"]![0]!["value"]! * 100_000_000);
        Transaction spend = new(2, [SpendableScript.Spend(coin, SpendableScript.PayToWitness, 0xfffffffd)], [new TxOutput(value - Fee, SpendableScript.PayToWitness)], 0);
        byte[] bytes = new byte[spend.Size];
        spend.Write(bytes);
        return (string)(await core.CallAsync("sendrawtransaction", Convert.ToHexStringLower(bytes)))!;
    }

    private static RoleContext Context(string name, TemporaryFolder folder) => new()
    {
        InstanceName = name,
        DataDirectory = folder.Path,
        LoggerFactory = NullLoggerFactory.Instance,
        TimeProvider = TimeProvider.System,
        Events = new RecordedEvents(),
    };
}
