using Sv2.Roles.Ledger;

namespace Sv2.Roles.Tests.Ledger;

public sealed class LedgerFaultTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly RecordingSink _sink = new();

    private FaultyStore? _store;

    private string File => _folder.File("ledger.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task While_the_disk_is_full_acknowledgements_wait_then_shares_are_refused_and_nothing_is_lost()
    {
        await using ShareLedger ledger = Open(new LedgerOptions { QueueSharesMax = 16, CommitSharesMax = 8, CommitDelay = TimeSpan.FromMilliseconds(0) });
        _store!.FailsBefore = true;
        Assert.True(ledger.TryAppend(Shares.Of("alice"), _sink, out _));
        await _store.Failed();

        // One share is in the writer's hands; the bounded queue takes 16 more.
        for (int i = 0; i < 16; i++) Assert.True(ledger.TryAppend(Shares.Of("alice"), _sink, out _));
        Assert.False(ledger.TryAppend(Shares.Of("alice"), _sink, out _));

        LedgerHealth health = ledger.Health;
        Assert.False(health.IsWriting);
        Assert.True(health.IsRefusing);
        Assert.Contains("the disk is full", health.Message, StringComparison.Ordinal);
        Assert.Contains("refused", health.Message, StringComparison.Ordinal);
        Assert.Equal((17, 0L, 1L), (health.QueuedShares, health.CommittedShares, health.RefusedShares));
        Assert.Equal(0, _sink.Last);

        _store.FailsBefore = false;
        await _sink.WaitFor(17);
        Assert.Equal(17, ledger.Reader.TotalShares());
        Assert.True(ledger.Health is { IsWriting: true, IsRefusing: false, QueuedShares: 0 });
        Assert.True(ledger.TryAppend(Shares.Of("alice"), _sink, out long next));
        Assert.Equal(18, next);
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_tried_again_and_counts_once()
    {
        await using ShareLedger ledger = Open(new LedgerOptions());
        _store!.FailsAfter = true;
        for (int i = 0; i < 100; i++) ledger.TryAppend(Shares.Of("alice"), _sink, out _);
        await _store.Failed();
        await _store.Failed();
        Assert.Equal(0, _sink.Last);

        _store.FailsAfter = false;
        await _sink.WaitFor(100);
        Assert.Equal(100, ledger.Reader.TotalShares());
    }

    [Fact]
    public async Task Blocks_found_while_the_database_is_gone_are_booked_when_it_is_back()
    {
        await using ShareLedger ledger = Open(new LedgerOptions());
        _store!.FailsToOpen = _store.FailsBefore = true;
        ledger.RecordBlock(Shares.Block("aa"));
        await _store.Failed();
        ledger.ChangeBlock(new BlockChange("aa", BlockEntryState.Submitted, DateTimeOffset.UnixEpoch));
        Task flushed = ledger.FlushAsync();
        Assert.False(flushed.IsCompleted);

        _store.FailsToOpen = _store.FailsBefore = false;
        await flushed.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(BlockEntryState.Submitted, ledger.Reader.Block("aa")!.State);
    }

    [Fact]
    public async Task Stopping_while_the_disk_refuses_ends_in_time_and_keeps_the_blocks()
    {
        await using (ShareLedger ledger = Open(new LedgerOptions()))
        {
            _store!.FailsBefore = true;
            ledger.TryAppend(Shares.Of("alice"), _sink, out _);
            ledger.RecordBlock(Shares.Block("aa"));
            await _store.Failed();
            Task flushed = ledger.FlushAsync();
            await ledger.StopAsync(TimeSpan.Zero).WaitAsync(TimeSpan.FromSeconds(30));
            await Assert.ThrowsAsync<LedgerException>(() => flushed);
            Assert.Equal(0, _sink.Last);
        }

        // The share was never acknowledged; the block was in the journal all the time.
        await using ShareLedger again = Open(new LedgerOptions());
        await again.FlushAsync();
        Assert.Equal(0, again.Reader.TotalShares());
        Assert.NotNull(again.Reader.Block("aa"));
    }

    [Fact]
    public async Task A_removed_file_stops_acknowledgements_until_it_is_put_back()
    {
        var options = new LedgerOptions { CommitDelay = TimeSpan.FromMilliseconds(0) };
        await using ShareLedger ledger = ShareLedger.Open(File, options, TimeProvider.System);
        ledger.TryAppend(Shares.Of("alice"), _sink, out _);
        await _sink.WaitFor(1);

        System.IO.File.Move(File, File + ".away");
        ledger.TryAppend(Shares.Of("alice"), _sink, out _);
        await Eventually(() => !ledger.Health.IsWriting);
        Assert.Contains("removed while in use", ledger.Health.Message, StringComparison.Ordinal);
        Assert.Equal(1, _sink.Last);

        System.IO.File.Move(File + ".away", File);
        await _sink.WaitFor(2);
        Assert.Equal(2, ledger.Reader.TotalShares());
    }

    [Fact]
    public async Task A_file_at_its_size_limit_refuses_for_real()
    {
        var options = new LedgerOptions { FileMegabytesMax = 1, WorkersPerAccountMax = 1_000_000, QueueSharesMax = 65_536 };
        await using ShareLedger ledger = ShareLedger.Open(File, options, TimeProvider.System);
        for (int i = 0; i < 40_000; i++) ledger.TryAppend(Shares.Of($"alice.a-rather-long-name-of-a-worker-{i}"), _sink, out _);
        await Eventually(() => !ledger.Health.IsWriting);
        Assert.Contains("1 MB is full", ledger.Health.Message, StringComparison.Ordinal);

        long acknowledged = _sink.Last;
        await ledger.StopAsync(TimeSpan.Zero);
        Assert.True(new LedgerReader(File, TimeProvider.System).TotalShares() >= acknowledged);
        Assert.InRange(acknowledged, 0, 39_999);
    }

    [Fact]
    public void A_ledger_of_a_newer_program_is_refused_with_the_reason()
    {
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={File};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        var e = Assert.Throws<LedgerException>(() => ShareLedger.Open(File, new LedgerOptions(), TimeProvider.System));
        Assert.Equal(LedgerFailure.SchemaTooNew, e.Failure);
        Assert.Contains(File, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_ledger_is_refused_with_the_reason()
    {
        System.IO.File.WriteAllText(File, new string('x', 10_000));
        var e = Assert.Throws<LedgerException>(() => ShareLedger.Open(File, new LedgerOptions(), TimeProvider.System));
        Assert.Equal(LedgerFailure.Corrupt, e.Failure);
    }

    [Fact]
    public async Task A_second_ledger_on_the_same_file_is_refused()
    {
        await using ShareLedger first = Open(new LedgerOptions());
        var e = Assert.Throws<LedgerException>(() => ShareLedger.Open(File, new LedgerOptions(), TimeProvider.System));
        Assert.Contains(File, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sink_that_throws_does_not_keep_others_waiting()
    {
        await using ShareLedger ledger = Open(new LedgerOptions { CommitDelay = TimeSpan.FromMilliseconds(50) });
        ledger.TryAppend(Shares.Of("mallory"), new ThrowingSink(), out _);
        ledger.TryAppend(Shares.Of("alice"), _sink, out long sequence);
        await _sink.WaitFor(sequence);
    }

    /// <summary>Looks again on every turn of the scheduler until the state is there; a minute is a failure.</summary>
    private static async Task Eventually(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private ShareLedger Open(LedgerOptions options) =>
        ShareLedger.Open(File, options, TimeProvider.System, wrapStore: store => _store = new FaultyStore(store));

    private sealed class ThrowingSink : ILedgerSink
    {
        public void Committed(long sequence) => throw new InvalidOperationException("a connection's own fault");
    }
}
