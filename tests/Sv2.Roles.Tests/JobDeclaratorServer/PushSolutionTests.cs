using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.TemplateProvider;

namespace Sv2.Roles.Tests.JobDeclaratorServer;

/// <summary>From a solution to a block of the chain, whoever goes away meanwhile.</summary>
public sealed class PushSolutionTests
{
    [Fact]
    [Trait("spec", "254")]
    [Trait("spec", "276")]
    [Trait("spec", "288")]
    [Trait("spec", "290")]
    [Trait("spec", "396")]
    public async Task A_solution_of_the_accepted_job_becomes_a_block_of_the_chain()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 6);
        await using RawDeclarator client = await server.ConnectAsync();
        Transaction[] transactions = [.. server.View.Candidates.Select(candidate => Transaction.Parse(candidate.Data.Span)), .. server.MakeTransactions(2)];
        RawJob job = await client.PrepareAsync(server.View, transactions, 0);
        await client.DeclareAsync(job);

        client.Send(job.Solve());

        Block block = await ExpectBlockAsync(server, 1);
        Assert.Equal(transactions.Select(transaction => transaction.Wtxid), block.Transactions[1..].ToArray().Select(transaction => transaction.Wtxid));
        Assert.Equal(DeclarationState.Solved, server.Declarations.Single().State);
        BlockInfo info = Assert.Single(server.Blocks);
        Assert.Equal((BlockState.Accepted, "alice", 9, 1L), (info.State, info.Finder, info.TransactionCount!.Value, info.Height));
    }

    [Fact]
    [Trait("spec", "288")]
    [Trait("spec", "295")]
    public async Task The_block_lands_though_the_client_vanishes_right_after_its_message()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, server.MakeTransactions(3), 0);
        await client.DeclareAsync(job);

        client.Send(job.Solve());
        await client.DisposeAsync();

        await ExpectBlockAsync(server, 1);
    }

    [Fact]
    [Trait("spec", "289")]
    public async Task A_solution_of_an_earlier_job_counts_too()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await using RawDeclarator client = await server.ConnectAsync();
        Transaction[] made = server.MakeTransactions(2);
        RawJob earlier = await client.PrepareAsync(server.View, made[..1], 0, requestId: 1);
        RawJob later = await client.PrepareAsync(server.View, made, 0, requestId: 2);
        await client.DeclareAsync(earlier);
        await client.DeclareAsync(later);

        // Half of all hashes meet this chain's target; a solution that only the earlier job fits tells the two apart.
        client.Send(Enumerable.Range(0, 256).Select(mark => earlier.Solve((byte)mark)).First(solution => !later.IsSolvedBy(solution)));

        Assert.Equal(2, (await ExpectBlockAsync(server, 1)).Transactions.Length);
    }

    [Fact]
    [Trait("spec", "289")]
    public async Task Where_any_job_fits_the_one_of_the_same_block_makes_the_block()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob earlier = await client.PrepareAsync(server.View, [], 0, requestId: 1);
        await client.DeclareAsync(earlier, providesMissing: false);
        await server.MineElsewhereAsync();
        RawJob later = await client.PrepareAsync(server.View, [], 0, requestId: 2);
        await client.DeclareAsync(later, providesMissing: false);

        // Too late for the chain, and by its hash it could be of either job: a block of the later one would have the wrong height.
        client.Send(Enumerable.Range(0, 256).Select(mark => earlier.Solve((byte)mark)).First(solution => later.IsSolvedBy(solution)));

        await DeclaratorHarness.UntilAsync(() => server.Blocks is [{ State: BlockState.Orphaned }], "the block was judged");
        Assert.Equal("inconclusive", server.Blocks[0].Reason);
        Assert.Equal(earlier.View.Height, server.Blocks[0].Height);
    }

    [Fact]
    public async Task A_solution_that_comes_before_the_servers_word_is_kept_for_it()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, server.MakeTransactions(1), 0);
        client.Send(job.Message);
        ProvideMissingTransactions request = await client.ExpectAsync<ProvideMissingTransactions>();

        client.Send(job.Solve());
        client.Provide(job, request);

        await ExpectBlockAsync(server, 1);
    }

    [Fact]
    public async Task A_solution_of_no_job_is_counted_and_costs_nothing()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await using RawDeclarator client = await server.ConnectAsync();
        await using RawDeclarator other = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, [], 0);
        await client.DeclareAsync(job, providesMissing: false);
        PushSolution good = job.Solve();

        client.Send(good with { Extranonce = (byte[])[1, 2, 3] });
        client.Send(good with { Version = good.Version ^ 1 });
        client.Send(good with { NBits = 0x1d00ffff });
        client.Send(good with { NBits = 0 });
        // Nobody can use what another connection declared.
        other.Send(good);

        await DeclaratorHarness.UntilAsync(() => server.Figure("solutionsUnmatched") == 5, "all five were looked at");
        Assert.Empty(server.Blocks);
        client.Send(good);
        await ExpectBlockAsync(server, 1);
    }

    [Fact]
    public async Task The_same_solution_twice_is_one_block()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync();
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, [], 0);
        await client.DeclareAsync(job, providesMissing: false);
        PushSolution solution = job.Solve();

        client.Send(solution);
        client.Send(solution);

        await ExpectBlockAsync(server, 1);
        await client.AllocateAsync();
        Assert.Equal(BlockState.Accepted, Assert.Single(server.Blocks).State);
    }

    [Fact]
    public async Task A_block_that_lost_its_race_is_told_apart()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(initial: 0);
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, [], 0);
        await client.DeclareAsync(job, providesMissing: false);
        PushSolution solution = job.Solve();
        await server.MineElsewhereAsync();

        client.Send(solution);

        await DeclaratorHarness.UntilAsync(() => server.Blocks is [{ State: BlockState.Orphaned }], "the block was judged");
        Assert.Equal("inconclusive", server.Blocks[0].Reason);
    }

    [Fact]
    [Trait("spec", "288")]
    public async Task A_block_waits_on_disk_for_a_node_that_is_away_also_over_a_restart()
    {
        await using DeclaratorHarness server = await DeclaratorHarness.StartAsync(options => options with { NodeFollowing = Slow() });
        await using RawDeclarator client = await server.ConnectAsync();
        RawJob job = await client.PrepareAsync(server.View, [], 0);
        await client.DeclareAsync(job, providesMissing: false);
        server.ShutNodeOut();

        client.Send(job.Solve());
        await DeclaratorHarness.UntilAsync(() => Directory.Exists(server.BlocksFolder) && Directory.GetFiles(server.BlocksFolder, "*.block").Length == 1, "the block is on disk");
        await server.Role.StopAsync(default);
        Assert.Equal(0, server.View.Height - 1);
        await server.StartRoleAsync();
        server.LetNodeIn();

        await ExpectBlockAsync(server, 1);
        await DeclaratorHarness.UntilAsync(() => Directory.GetFiles(server.BlocksFolder).Length == 0, "the file was removed");
    }

    /// <summary>So slow that the server does not notice that its node is away before the block does.</summary>
    private static Sv2.Roles.Node.NodeFollowOptions Slow() => new() { MempoolInterval = TimeSpan.FromMinutes(10) };

    private static async Task<Block> ExpectBlockAsync(DeclaratorHarness server, int height)
    {
        await DeclaratorHarness.UntilAsync(() => server.View.Height == height + 1 && server.Blocks is [{ State: BlockState.Accepted }, ..], $"a block at height {height}");
        return Block.Parse(server.Node.ReadBlock(server.View.TipHash)!);
    }
}
