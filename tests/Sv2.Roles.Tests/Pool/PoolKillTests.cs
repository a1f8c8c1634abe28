using System.Diagnostics;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.Ledger;
using Sv2.Roles.Tests.Ledger;

namespace Sv2.Roles.Tests.Pool;

/// <summary>kill -9 of a whole pool under load, at random moments, again and again on the same data folder.</summary>
public sealed class PoolKillTests
{
    private const int Miners = 3;

    // One hash in 256 is a block.
    private const uint NBits = 0x2000ffff;

    [Fact]
    public async Task No_acknowledged_share_is_missing_none_counts_twice_and_no_found_block_is_lost()
    {
        int kills = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1" ? 120 : 30;
        var random = new Random(1_122);
        using var folder = new TemporaryDirectory();
        await using var provider = new FakeTemplateProvider(NBits);
        await provider.StartAsync();
        long[] acknowledged = new long[Miners];
        for (int run = 0; run < kills; run++)
        {
            await RunAndKillAsync(folder.FullName, provider.ConnectionString, killAfter: random.Next(50, 1_500), acknowledged);
        }

        string path = folder.File("ledger.db");
        await using ShareLedger ledger = ShareLedger.Open(path, new LedgerOptions(), TimeProvider.System);
        await ledger.FlushAsync();
        for (int miner = 0; miner < Miners; miner++)
        {
            long booked = ledger.Reader.Worker(new WorkerName("farm", $"m{miner}"))!.Shares;
            Assert.True(booked >= acknowledged[miner], $"m{miner}: {acknowledged[miner]} acknowledged, {booked} booked");
        }

        Assert.Equal(LedgerFile.SequencesUsed(path), ledger.Reader.TotalShares());

        List<SubmitSolution> solutions = provider.Inbox.TakeAll<SubmitSolution>();
        Assert.NotEmpty(solutions);
        HashSet<string> blocks = [.. ledger.Reader.Blocks().Select(block => block.Hash)];
        Assert.All(solutions, solution => Assert.Contains(provider.Rebuild(solution, out _).Hash().ToDisplayString(), blocks));
    }

    private static async Task RunAndKillAsync(string folder, string provider, int killAfter, long[] acknowledged)
    {
        using Process child = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(Program).Assembly.Location, "pool-child", folder, provider])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string? pool = await child.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        if (pool is null) Assert.Fail(await child.StandardError.ReadToEndAsync());

        long total = 0;
        Task[] miners = [.. Enumerable.Range(0, Miners).Select(miner => Task.Run(() => MineAsync(pool, miner)))];
        await Task.WhenAll(miners);
        await child.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));

        async Task MineAsync(string address, int number)
        {
            await using RawMiner miner = await RawMiner.ConnectAsync(address);
            RawWork work = await miner.FirstWorkAsync(await miner.OpenExtendedAsync($"farm.m{number}"));
            long mine = 0;
            try
            {
                for (uint sequence = 1; ; sequence++)
                {
                    if (!miner.Connection.TrySend(work.ExtendedShare(sequence, nonce: sequence))) break;
                    // At most so many on the way: the rest of the time belongs to the pool.
                    while (sequence - mine > 200) Count(await miner.ExpectAsync<SubmitSharesSuccess>());
                }
            }
            catch (InvalidOperationException)
            {
                // The pool is dead, as it was meant to be.
            }

            await miner.Ended;
            foreach (SubmitSharesSuccess success in miner.Inbox.TakeAll<SubmitSharesSuccess>()) Count(success);
            acknowledged[number] += mine;

            void Count(SubmitSharesSuccess success)
            {
                mine += success.NewSubmitsAcceptedCount;
                if (Interlocked.Add(ref total, success.NewSubmitsAcceptedCount) >= killAfter) child.Kill();
            }
        }
    }
}
