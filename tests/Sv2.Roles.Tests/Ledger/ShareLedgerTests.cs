using Sv2.Roles.Ledger;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.Ledger;

public sealed class ShareLedgerTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly RecordingSink _sink = new();

    private string File => _folder.File("ledger.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_share_is_told_committed_only_when_another_reader_can_see_it()
    {
        await using ShareLedger ledger = Open();
        Assert.True(ledger.TryAppend(Shares.Of("alice.rig", 7, achieved: 9.5), _sink, out long sequence));
        await _sink.WaitFor(sequence);

        ShareTotal total = Assert.Single(new LedgerReader(File, TimeProvider.System).Workers());
        Assert.Equal(("alice", "rig", 1L, 7L, 9.5), (total.Account, total.Worker, total.Shares, total.Difficulty, total.Best));
    }

    [Fact]
    public async Task Sequences_rise_by_one_and_one_call_speaks_for_many_shares()
    {
        await using ShareLedger ledger = Open(new LedgerOptions { CommitDelay = TimeSpan.FromMilliseconds(50) });
        long last = 0;
        for (long expected = 1; expected <= 1_000; expected++)
        {
            Assert.True(ledger.TryAppend(Shares.Of("alice"), _sink, out last));
            Assert.Equal(expected, last);
        }

        await _sink.WaitFor(last);
        Assert.InRange(_sink.Calls, 1, 100);
        Assert.Equal(1_000, ledger.Reader.TotalShares());
    }

    [Fact]
    public async Task Shares_are_summed_by_worker_and_minute()
    {
        await using ShareLedger ledger = Open();
        Append(ledger, Shares.Of("alice.a", 1), Shares.Of("alice.a", 2), Shares.Of("alice.b", 4), Shares.Of("bob", 8, Shares.Noon + 59),
            Shares.Of("bob", 16, Shares.Noon + 60));
        await ledger.FlushAsync();

        Assert.Equal(
            [("alice", "a", 0L, 2L, 3L), ("alice", "b", 0L, 1L, 4L), ("bob", "", 0L, 1L, 8L), ("bob", "", 60L, 1L, 16L)],
            ledger.Reader.Minutes(to: DateTimeOffset.FromUnixTimeSeconds(Shares.Noon + 3_600))
                .Select(m => (m.Account, m.Worker, m.Minute.ToUnixTimeSeconds() - Shares.Noon, m.Shares, m.Difficulty))
                .Order());
        Assert.Equal([("alice", 2L, 3L), ("bob", 1L, 2L)], ledger.Reader.Accounts().Select(a => (a.Account, a.Workers, a.Shares)));
    }

    [Fact]
    public async Task Work_is_exact_beyond_64_bits()
    {
        UInt128 work = (UInt128)ulong.MaxValue * 3 + 1;
        await using ShareLedger ledger = Open();
        Append(ledger, Enumerable.Repeat(Shares.Of("alice", work: work), 5).ToArray());
        await ledger.FlushAsync();
        Assert.Equal(work * 5, ledger.Reader.Worker(new WorkerName("alice", ""))!.Work);
    }

    [Fact]
    public async Task A_closed_minute_moves_into_the_totals_once()
    {
        var time = new ManualUtc { Utc = DateTimeOffset.FromUnixTimeSeconds(Shares.Noon) };
        await using ShareLedger ledger = ShareLedger.Open(File, new LedgerOptions(), time);
        for (int minute = 0; minute < 10; minute++)
        {
            Append(ledger, Shares.Of("alice", 1, time.Utc.ToUnixTimeSeconds(), achieved: minute));
            await ledger.FlushAsync();
            time.Utc += TimeSpan.FromMinutes(1);
        }

        ShareTotal total = ledger.Reader.Worker(new WorkerName("alice", ""))!;
        Assert.Equal((10L, 10L, 9d, (UInt128)10 << 32), (total.Shares, total.Difficulty, total.Best, total.Work));
        Assert.Equal(10, ledger.Reader.Minutes(to: time.Utc).Count());
    }

    [Fact]
    public async Task A_share_of_a_minute_already_closed_is_counted_in_the_next_open_one()
    {
        var time = new ManualUtc { Utc = DateTimeOffset.FromUnixTimeSeconds(Shares.Noon + 600) };
        await using ShareLedger ledger = ShareLedger.Open(File, new LedgerOptions(), time);
        Append(ledger, Shares.Of("alice", 1, Shares.Noon + 600));
        await ledger.FlushAsync();
        Append(ledger, Shares.Of("alice", 1, Shares.Noon));
        await ledger.FlushAsync();

        Assert.Equal(2, ledger.Reader.TotalShares());
        time.Utc += TimeSpan.FromMinutes(10);
        Append(ledger, Shares.Of("alice", 1, Shares.Noon + 1_200));
        await ledger.FlushAsync();
        Assert.Equal(3, ledger.Reader.TotalShares());
    }

    [Fact]
    public async Task Old_minutes_are_forgotten_and_totals_are_not()
    {
        var time = new ManualUtc { Utc = DateTimeOffset.FromUnixTimeSeconds(Shares.Noon) };
        await using ShareLedger ledger = ShareLedger.Open(File, new LedgerOptions { MinutesKept = TimeSpan.FromDays(1) }, time);
        for (int day = 0; day < 5; day++)
        {
            Append(ledger, Shares.Of("alice", 1, time.Utc.ToUnixTimeSeconds()));
            await ledger.FlushAsync();
            time.Utc += TimeSpan.FromDays(1);
        }

        Assert.InRange(ledger.Reader.Minutes(to: time.Utc).Count(), 1, 2);
        Assert.Equal(5, ledger.Reader.TotalShares());
    }

    [Fact]
    public async Task Names_beyond_the_bound_of_an_account_are_booked_together()
    {
        await using ShareLedger ledger = Open(new LedgerOptions { WorkersPerAccountMax = 3 });
        Append(ledger, [.. Enumerable.Range(0, 10).Select(i => Shares.Of($"alice.w{i}"))]);
        Append(ledger, Shares.Of("bob.w1"));
        await ledger.FlushAsync();

        IReadOnlyList<ShareTotal> workers = ledger.Reader.Workers();
        Assert.Equal(5, workers.Count);
        Assert.Equal(7, workers.Single(w => w.Worker == "(other)").Shares);
        Assert.Equal(11, ledger.Reader.TotalShares());
    }

    [Fact]
    public async Task Reopening_goes_on_with_what_is_there()
    {
        for (int run = 0; run < 3; run++)
        {
            await using ShareLedger ledger = Open();
            Append(ledger, Shares.Of("alice"), Shares.Of("alice"));
            await ledger.StopAsync(TimeSpan.FromSeconds(30));
        }

        Assert.Equal(6, new LedgerReader(File, TimeProvider.System).TotalShares());
    }

    [Fact]
    public async Task Stopping_commits_what_is_queued_and_refuses_the_rest()
    {
        await using ShareLedger ledger = Open(new LedgerOptions { CommitDelay = TimeSpan.FromMilliseconds(50) });
        ledger.TryAppend(Shares.Of("alice"), _sink, out long sequence);
        await ledger.StopAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(sequence, _sink.Last);
        Assert.False(ledger.TryAppend(Shares.Of("alice"), _sink, out _));
        Assert.Equal(1, ledger.Reader.TotalShares());
    }

    [Fact]
    public async Task Appending_allocates_nothing()
    {
        var share = Shares.Of("alice");
        await using ShareLedger ledger = Open(new LedgerOptions { QueueSharesMax = 20_000 });
        for (int i = 0; i < 5_000; i++) ledger.TryAppend(share, _sink, out _);
        await ledger.FlushAsync();

        Allocations.AssertNone(() => ledger.TryAppend(share, _sink, out _), warmUp: 0, perRound: 200);
    }

    private ShareLedger Open(LedgerOptions? options = null) => ShareLedger.Open(File, options ?? new LedgerOptions(), TimeProvider.System);

    private void Append(ShareLedger ledger, params ShareEntry[] shares)
    {
        foreach (ShareEntry share in shares) Assert.True(ledger.TryAppend(share, _sink, out _));
    }

    /// <summary>The wall clock stands where the test puts it; waits run in real time.</summary>
    private sealed class ManualUtc : TimeProvider
    {
        public DateTimeOffset Utc { get; set; }

        public override DateTimeOffset GetUtcNow() => Utc;
    }
}
