using System.Diagnostics;
using Sv2.Roles.Ledger;

namespace Sv2.Roles.Tests.Ledger;

/// <summary>kill -9 at random moments: what was acknowledged is there, and nothing is there twice.</summary>
public sealed class LedgerKillTests : IDisposable
{
    private const int Workers = 4;

    private readonly TemporaryDirectory _folder = new();
    private readonly Dictionary<string, long> _acknowledged = [];
    private readonly HashSet<string> _blocks = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_killed_ledger_has_every_acknowledged_share_and_every_block_and_counts_none_twice()
    {
        int kills = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1" ? 120 : 30;
        var random = new Random(20_261_122);
        string path = _folder.File("ledger.db");
        for (int run = 0; run < kills; run++)
        {
            await RunAndKill(path, linesBeforeKill: random.Next(20, 400));
            Check(path);
        }

        Assert.NotEmpty(_blocks);
        await using ShareLedger ledger = ShareLedger.Open(path, new LedgerOptions(), TimeProvider.System);
        await ledger.FlushAsync();
        Check(path);
        HashSet<string> booked = [.. ledger.Reader.Blocks().Select(block => block.Hash)];
        Assert.Subset(booked, _blocks);
    }

    /// <summary>Starts the child, kills it after so many of its lines, and reads what it said until the very end.</summary>
    private async Task RunAndKill(string path, int linesBeforeKill)
    {
        using Process child = Start(path);
        var run = new Dictionary<string, long>();
        int lines = 0;
        while (await child.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line)
        {
            Read(line, run);
            if (++lines == linesBeforeKill) child.Kill();
        }

        await child.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(lines >= linesBeforeKill, $"the child ended by itself: {await child.StandardError.ReadToEndAsync()}");
        foreach ((string worker, long count) in run) _acknowledged[worker] = _acknowledged.GetValueOrDefault(worker) + count;
    }

    private void Read(string line, Dictionary<string, long> run)
    {
        switch (line.Split(' '))
        {
            case ["ack", string worker, string count]: run[worker] = long.Parse(count); break;
            case ["block", string hash]: _blocks.Add(hash); break;
        }
    }

    private void Check(string path)
    {
        var reader = new LedgerReader(path, TimeProvider.System);
        foreach (ShareTotal total in reader.Workers())
        {
            long acknowledged = _acknowledged.GetValueOrDefault(total.Worker.Replace("worker", "", StringComparison.Ordinal));
            Assert.True(total.Shares >= acknowledged, $"{total.Worker}: {acknowledged} acknowledged, {total.Shares} booked");
        }

        // Every share of a run has a number of its own: as many shares are booked as numbers were used up.
        Assert.Equal(LedgerFile.SequencesUsed(path), reader.TotalShares());
    }

    private static Process Start(string path)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(Program).Assembly.Location, "ledger-child", path, $"{Workers}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
