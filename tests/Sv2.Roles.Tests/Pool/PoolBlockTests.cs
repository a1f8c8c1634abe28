using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.Ledger;
using SetNewPrevHash = Sv2.Protocol.Mining.SetNewPrevHash;

namespace Sv2.Roles.Tests.Pool;

/// <summary>From a share that is a block to a confirmed entry in the ledger.</summary>
public sealed class PoolBlockTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("spec", "199"), Trait("spec", "208")]
    public async Task A_block_is_sent_with_its_whole_coinbase_booked_and_confirmed_by_the_tip(bool extended)
    {
        await using PoolHarness pool = await PoolHarness.StartAsync(nbits: FakeTemplateProvider.EasyNBits);
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = extended
            ? await miner.FirstWorkAsync(await miner.OpenExtendedAsync("alice.rig"))
            : await miner.FirstWorkAsync(await miner.OpenStandardAsync("alice.rig"));
        U256 network = new CompactTarget(FakeTemplateProvider.EasyNBits).ToTarget();
        uint nonce = work.NextNonce(Target.Harder(network, work.Target));
        if (extended) miner.Send(work.ExtendedShare(1, nonce));
        else miner.Send(work.Standard(1, nonce));

        SubmitSolution solution = await pool.Provider.Inbox.ExpectAsync<SubmitSolution>();
        BlockHeader header = pool.Provider.Rebuild(solution, out Transaction coinbase);
        Assert.Equal(work.Header(nonce), header);
        Assert.True(header.Hash() <= network);
        Assert.True(coinbase.HasWitness);
        await miner.ExpectAsync<SubmitSharesSuccess>();

        string hash = header.Hash().ToDisplayString();
        pool.Provider.SendTip(header.Hash());
        await pool.Events.ExpectAsync(RoleEventTypes.Block, (_, data) => data is BlockInfo { State: BlockState.Accepted } block && block.Hash == hash);

        BlockInfo shown = Assert.Single((await pool.Role.ListBlocksAsync(ListQuery.First, CancellationToken.None)).Items, block => block.Hash == hash);
        Assert.Equal((100L, "alice", "alice.rig"), (shown.Height, shown.Finder, shown.Worker));
        Assert.Equal((long)coinbase.Outputs.ToArray().Sum(output => (decimal)output.Value), shown.CoinbaseValueSats);
    }

    [Fact]
    [Trait("spec", "216")]
    public async Task The_same_block_submitted_twice_is_sent_once()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync(nbits: FakeTemplateProvider.EasyNBits);
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenStandardAsync());
        uint nonce = work.NextNonce(Target.Harder(new CompactTarget(FakeTemplateProvider.EasyNBits).ToTarget(), work.Target));
        miner.Send(work.Standard(1, nonce));
        miner.Send(work.Standard(2, nonce));
        Assert.Equal("duplicate-share", (await miner.ExpectAsync<SubmitSharesError>()).ErrorCode.ToString());
        await pool.Provider.Inbox.ExpectAsync<SubmitSolution>();
        Assert.Equal(0, pool.Provider.Inbox.Count<SubmitSolution>());
        await miner.ExpectAsync<SubmitSharesSuccess>();
        Assert.Equal(1, pool.Ledger.CountBlocks());
    }

    [Fact]
    public async Task A_block_found_while_the_ledger_cannot_write_goes_out_all_the_same_and_is_booked_later()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync(nbits: FakeTemplateProvider.EasyNBits);
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenStandardAsync());
        pool.Store!.FailsBefore = true;
        uint nonce = work.NextNonce(Target.Harder(new CompactTarget(FakeTemplateProvider.EasyNBits).ToTarget(), work.Target));
        miner.Send(work.Standard(1, nonce));
        await pool.Provider.Inbox.ExpectAsync<SubmitSolution>();
        await pool.Store.Failed();
        Assert.Equal(0, pool.Ledger.CountBlocks());

        pool.Store.FailsBefore = false;
        await miner.ExpectAsync<SubmitSharesSuccess>();
        Assert.Equal(work.Header(nonce).Hash().ToDisplayString(), Assert.Single(pool.Ledger.Blocks()).Hash);
    }

    [Fact]
    public async Task Solo_mining_pays_the_miners_address_channel_by_channel_less_the_fee()
    {
        const string Miner = "bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry";
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { Solo = new() { Enabled = true, FeePercent = 2 } });
        Assert.Equal(74u, pool.Provider.Constraints!.Value.CoinbaseOutputMaxAdditionalSize);

        await using RawMiner miner = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess solo = await miner.OpenExtendedAsync(Miner + ".rig");
        OpenExtendedMiningChannelSuccess pooled = await miner.OpenExtendedAsync("alice.rig");
        Assert.NotEqual(solo.GroupChannelId, pooled.GroupChannelId);
        Transaction own = Transaction.Parse((await miner.FirstWorkAsync(solo)).Coinbase);
        Transaction shared = Transaction.Parse((await miner.FirstWorkAsync(pooled)).Coinbase);

        Script payout = Address.Parse(PoolHarness.PayoutAddress, Network.Regtest);
        ulong value = shared.Outputs[0].Value;
        Assert.Equal(payout, shared.Outputs[0].Script);
        Assert.Equal((Address.Parse(Miner, Network.Regtest), payout), (own.Outputs[0].Script, own.Outputs[1].Script));
        Assert.Equal((value - value / 50, value / 50), (own.Outputs[0].Value, own.Outputs[1].Value));

        // A family that joined late follows the next tip like the others.
        await pool.MoveTipAsync();
        await miner.ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == solo.GroupChannelId && tip.PrevHash == pool.Provider.PrevHash);
        await miner.ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == pooled.GroupChannelId && tip.PrevHash == pool.Provider.PrevHash);
    }

    [Fact]
    public async Task Too_many_solo_addresses_are_refused_and_an_idle_one_makes_room()
    {
        string[] addresses = [PoolHarness.PayoutAddress, "bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry"];
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { Solo = new() { Enabled = true, AddressesMax = 1 } });
        await using RawMiner miner = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess first = await miner.OpenExtendedAsync(addresses[0]);
        miner.Send(new OpenExtendedMiningChannel { RequestId = 50, UserIdentity = addresses[1], NominalHashRate = 1, MaxTarget = U256.MaxValue, MinExtranonceSize = 4 });
        Assert.Equal("channel-capacity-exhausted", (await miner.ExpectAsync<OpenMiningChannelError>()).ErrorCode.ToString());

        miner.Send(new CloseChannel { ChannelId = first.ChannelId, ReasonCode = "" });
        OpenExtendedMiningChannelSuccess second = await miner.OpenExtendedAsync(addresses[1]);
        RawWork work = await miner.FirstWorkAsync(second);
        Assert.Equal(Address.Parse(addresses[1], Network.Regtest), Transaction.Parse(work.Coinbase).Outputs[0].Script);
    }

    [Fact]
    [Trait("spec", "333")]
    public async Task A_confirmation_is_taken_back_by_a_reorganisation_and_given_again_when_the_chain_comes_back()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync(nbits: FakeTemplateProvider.EasyNBits);
        (U256 block, uint height) = await FindAsync(pool);
        pool.Provider.Reorganise(block, height);
        await StateAsync(pool, block, BlockState.Accepted);

        // Another block of the same height.
        pool.Provider.Reorganise(Sha256d.Hash([1]), height);
        BlockInfo orphaned = await StateAsync(pool, block, BlockState.Orphaned);
        Assert.Contains("took its place", orphaned.Reason, StringComparison.Ordinal);
        pool.Provider.Reorganise(block, height);
        await StateAsync(pool, block, BlockState.Accepted);

        // The chain goes on from it: nothing changes. Then it ends below it.
        pool.Provider.Reorganise(Sha256d.Hash([2]), height + 1);
        pool.Provider.Reorganise(Sha256d.Hash([3]), height - 1);
        Assert.Contains("the chain ends at height", (await StateAsync(pool, block, BlockState.Orphaned)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "333")]
    public async Task A_block_of_an_earlier_run_is_followed_as_well()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync(nbits: FakeTemplateProvider.EasyNBits);
        (U256 block, uint height) = await FindAsync(pool);
        pool.Provider.Reorganise(block, height);
        await StateAsync(pool, block, BlockState.Accepted);
        await pool.Events.ExpectAsync(RoleEventTypes.NewTip, (message, _) => message.Contains(block.ToDisplayString(), StringComparison.Ordinal));

        await pool.RestartAsync();
        pool.Provider.Reorganise(Sha256d.Hash([1]), height);
        await StateAsync(pool, block, BlockState.Orphaned);
    }

    private static async Task<(U256 Hash, uint Height)> FindAsync(PoolHarness pool)
    {
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenStandardAsync());
        uint nonce = work.NextNonce(Target.Harder(new CompactTarget(FakeTemplateProvider.EasyNBits).ToTarget(), work.Target));
        miner.Send(work.Standard(1, nonce));
        await pool.Provider.Inbox.ExpectAsync<SubmitSolution>();
        await miner.ExpectAsync<SubmitSharesSuccess>();
        return (work.Header(nonce).Hash(), pool.Provider.Height);
    }

    private static async Task<BlockInfo> StateAsync(PoolHarness pool, U256 block, BlockState state) =>
        (BlockInfo)(await pool.Events.ExpectAsync(RoleEventTypes.Block, (_, data) => data is BlockInfo info && info.Hash == block.ToDisplayString() && info.State == state)).Data!;
}
