using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.MiningDevice;
using Sv2.Roles.Tests.Pool;

namespace Sv2.Roles.Tests.JobDeclaratorClient.EndToEnd;

/// <summary>Miner, client, pool and declarator server, all real, on one embedded chain.</summary>
public sealed class DeclarationEndToEndTests
{
    [Theory]
    [Trait("spec", "254")]
    [Trait("spec", "255")]
    [Trait("spec", "270")]
    [Trait("spec", "287")]
    [InlineData(DeclarationMode.FullTemplate, DeviceChannel.Standard)]
    [InlineData(DeclarationMode.CoinbaseOnly, DeviceChannel.Extended)]
    public async Task Blocks_of_the_miners_own_templates_are_accepted_and_their_shares_credited(DeclarationMode mode, DeviceChannel channel)
    {
        await using DeclarationStack stack = await DeclarationStack.StartAsync(mode, hashesPerBlock: 400_000);
        int before = stack.Height;
        await stack.MineAsync(channel, hashRate: 400_000);

        await stack.UntilAsync(() => stack.ClientBlocks.Count(block => block.State == BlockState.Accepted) >= 2, "two accepted blocks");
        Assert.True(stack.Height >= before + 2);
        await stack.UntilAsync(() => Figure(stack.Pools[0], FigureNames.SharesAccepted) >= 3, "shares credited by the pool");
        UpstreamInfo pool = stack.Client.Report().Upstreams[1];
        Assert.Equal(UpstreamState.Connected, pool.State);
        IReadOnlyList<ChannelInfo> channels = (await stack.Pools[0].ListChannelsAsync(ListQuery.First, default)).Items;
        Assert.Equal("alice.farm", Assert.Single(channels).UserIdentity);
        // What the pool was declared is what is mined: the block pays it.
        Assert.Contains(stack.Node.Coins(), coin => coin.Value.Height > before && coin.Value.Script == DeclarationStack.Payout(1));

        IReadOnlyList<DeclarationInfo> declared = (await stack.Servers[0].ListDeclarationsAsync(ListQuery.First, default)).Items;
        if (mode == DeclarationMode.FullTemplate)
            Assert.Contains(declared, declaration => declaration.Mode == "full-template" && declaration.State is DeclarationState.Accepted or DeclarationState.Mining or DeclarationState.Solved);
        else
            Assert.DoesNotContain(declared, declaration => declaration.TransactionCount > 0);
    }

    [Theory]
    [Trait("spec", "291")]
    [Trait("spec", "295")]
    [InlineData(DeclarationMode.FullTemplate)]
    [InlineData(DeclarationMode.CoinbaseOnly)]
    public async Task With_pool_and_server_killed_at_the_moment_of_the_winning_share_the_block_reaches_the_chain(DeclarationMode mode)
    {
        await using DeclarationStack stack = await DeclarationStack.StartAsync(mode);
        await stack.UntilAcknowledgedAsync();
        (RawMiner miner, RawWork work) = await ConnectAsync(stack);
        await using (miner)
        {
            uint nonce = Winning(work);
            Task killed = stack.KillUpstreamsAsync();
            miner.Send(work.ExtendedShare(0, nonce));
            await stack.UntilAsync(() => stack.Tip == work.Header(nonce).Hash(), "the block on the chain");
            await killed;
            await stack.UntilAsync(() => stack.ClientBlocks[0].State == BlockState.Accepted, "the client's knowledge of it");
            Assert.False(miner.Ended.IsCompleted);
        }
    }

    [Fact]
    [Trait("spec", "288")]
    [Trait("spec", "290")]
    [Trait("spec", "396")]
    public async Task With_the_client_killed_right_after_PushSolution_the_server_still_submits_the_block()
    {
        await using DeclarationStack stack = await DeclarationStack.StartAsync(DeclarationMode.FullTemplate);
        await stack.UntilAcknowledgedAsync();
        (RawMiner miner, RawWork work) = await ConnectAsync(stack);
        await using (miner)
        {
            // The client's own node hears nothing any more, so what reaches the chain came by the server.
            stack.Relay.Swallow();
            uint nonce = Winning(work);
            miner.Send(work.ExtendedShare(0, nonce));
            await stack.ClientEvents.ExpectAsync(RoleEventTypes.Block);
            await stack.KillClientAsync();
            U256 hash = work.Header(nonce).Hash();
            await stack.UntilAsync(() => stack.Tip == hash, "the block on the chain");
            await stack.UntilAsync(
                () => stack.Servers[0].ListBlocksAsync(ListQuery.First, default).Result.Items.Any(block => block.Hash == hash.ToDisplayString()), "the server's record of it");
        }
    }

    [Theory]
    [Trait("spec", "256")]
    [Trait("spec", "265")]
    [InlineData(DeclarationMode.FullTemplate)]
    [InlineData(DeclarationMode.CoinbaseOnly)]
    public async Task A_pool_that_does_not_take_what_its_server_allows_is_left_for_the_next(DeclarationMode mode)
    {
        // The first server asks for outputs that do not pay its pool.
        await using DeclarationStack stack = await DeclarationStack.StartAsync(mode, hashesPerBlock: 1 << 30, payouts: [(1, 9), (2, 2)]);
        await stack.UntilAsync(
            () => stack.Client.Report().Upstreams[3].State == UpstreamState.Connected && stack.Declarations[0].State == DeclarationState.Mining, "mining for the second pool");
        Assert.Contains(stack.Declarations, declaration => declaration.State == DeclarationState.Refused);
        (RawMiner miner, RawWork work) = await ConnectAsync(stack);
        await using (miner)
        {
            Assert.Contains(Transaction.Parse(work.Coinbase).Outputs.ToArray(), output => output.Script == DeclarationStack.Payout(2) && output.Value > 0);
            miner.Send(work.ExtendedShare(0, work.NextNonce(Target.FromDifficulty(DeclarationStack.PoolDifficulty))));
            await stack.UntilAsync(() => Figure(stack.Pools[1], FigureNames.SharesAccepted) == 1, "a share credited by the second pool");
            Assert.Equal(0, Figure(stack.Pools[0], FigureNames.SharesAccepted));
        }
    }

    private static double Figure(IRole role, string name) => role.Report().Figures.Single(figure => figure.Name == name).Value;

    private static uint Winning(RawWork work) => work.NextNonce(new CompactTarget(work.NBits).ToTarget());

    /// <summary>A miner on the newest job of its channel.</summary>
    private static async Task<(RawMiner Miner, RawWork Work)> ConnectAsync(DeclarationStack stack)
    {
        RawMiner miner = await RawMiner.ConnectAsync(stack.ClientAddress);
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        return (miner, await miner.FirstWorkAsync(channel));
    }
}
