using Sv2.Roles.Ledger;

namespace Sv2.Roles.Tests.Ledger;

public sealed class LedgerBlockTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string File => _folder.File("ledger.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_block_is_booked_whole_and_follows_its_states()
    {
        await using ShareLedger ledger = Open();
        BlockEntry block = Shares.Block("aa", 17);
        ledger.RecordBlock(block);
        await ledger.FlushAsync();
        Assert.Equal(block with { ChangedAt = block.FoundAt }, ledger.Reader.Block("aa"));

        foreach (BlockEntryState state in new[] { BlockEntryState.Submitted, BlockEntryState.Confirmed, BlockEntryState.Orphaned, BlockEntryState.Confirmed })
        {
            ledger.ChangeBlock(new BlockChange("aa", state, block.FoundAt.AddSeconds(1), "because"));
            await ledger.FlushAsync();
            Assert.Equal((state, "because"), (ledger.Reader.Block("aa")!.State, ledger.Reader.Block("aa")!.Reason));
        }
    }

    [Fact]
    public async Task Submitted_told_late_does_not_undo_confirmed()
    {
        await using ShareLedger ledger = Open();
        ledger.RecordBlock(Shares.Block("aa"));
        ledger.ChangeBlock(new BlockChange("aa", BlockEntryState.Confirmed, DateTimeOffset.UnixEpoch));
        ledger.ChangeBlock(new BlockChange("aa", BlockEntryState.Submitted, DateTimeOffset.UnixEpoch));
        await ledger.FlushAsync();
        Assert.Equal(BlockEntryState.Confirmed, ledger.Reader.Block("aa")!.State);
    }

    [Fact]
    public async Task The_same_block_twice_is_one_block()
    {
        await using ShareLedger ledger = Open();
        ledger.RecordBlock(Shares.Block("aa"));
        ledger.ChangeBlock(new BlockChange("aa", BlockEntryState.Confirmed, DateTimeOffset.UnixEpoch));
        await ledger.FlushAsync();
        ledger.RecordBlock(Shares.Block("aa"));
        await ledger.FlushAsync();
        Assert.Equal(BlockEntryState.Confirmed, Assert.Single(ledger.Reader.Blocks()).State);
        Assert.Equal(1, ledger.Reader.CountBlocks());
    }

    [Fact]
    public async Task Blocks_come_newest_first_in_pages()
    {
        await using ShareLedger ledger = Open();
        for (int i = 0; i < 5; i++) ledger.RecordBlock(Shares.Block($"{i}", i) with { FoundAt = DateTimeOffset.FromUnixTimeSeconds(Shares.Noon + i) });
        await ledger.FlushAsync();
        Assert.Equal(["3", "2"], ledger.Reader.Blocks(offset: 1, limit: 2).Select(block => block.Hash));
    }

    [Fact]
    public async Task Lines_left_in_the_journal_are_booked_on_opening_and_a_torn_one_is_let_go()
    {
        await using (ShareLedger ledger = ShareLedger.Open(File, new LedgerOptions(), TimeProvider.System, wrapStore: inner => new FaultyStore(inner) { FailsBefore = true }))
        {
            ledger.RecordBlock(Shares.Block("aa"));
            ledger.RecordBlock(Shares.Block("bb"));
            await ledger.StopAsync(TimeSpan.Zero);
        }

        await System.IO.File.AppendAllTextAsync(File + ".blocks", "{\"Found\":{\"Hash\":\"cc\",");
        await using ShareLedger again = Open();
        await again.FlushAsync();
        Assert.Equal(["aa", "bb"], again.Reader.Blocks().Select(block => block.Hash).Order());
        Assert.Equal(0, new FileInfo(File + ".blocks").Length);
    }

    private ShareLedger Open() => ShareLedger.Open(File, new LedgerOptions(), TimeProvider.System);
}
