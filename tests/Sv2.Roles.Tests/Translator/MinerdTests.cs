using System.Diagnostics;
using Sv2.Noise;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Translator;

namespace Sv2.Roles.Tests.Translator;

/// <summary>The translator against a miner that others wrote: <c>minerd</c> (cpuminer, sha256d), where there is one.</summary>
public sealed class MinerdTests
{
    [MinerdTheory]
    [InlineData(TranslatorMode.Aggregated)]
    [InlineData(TranslatorMode.PerMiner)]
    [Trait("spec", "345")]
    public async Task A_real_miners_shares_reach_a_real_pool_over_a_change_of_blocks(TranslatorMode mode)
    {
        // About a quarter of a million hashes a share.
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { ShareDifficulty = 1.0 / 16_384 });
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([ConnectionString.Parse(pool.Address)], options => options with { Mode = mode });
        using Process minerd = Start(translator.Port);
        try
        {
            await UntilAsync(pool, minerd, 3);
            await pool.MoveTipAsync();
            double before = Accepted(pool);
            await UntilAsync(pool, minerd, before + 3);
        }
        finally
        {
            minerd.Kill();
            await minerd.WaitForExitAsync();
        }
        Page<WorkerInfo> workers = await pool.Role.ListWorkersAsync(new ListQuery(), CancellationToken.None);
        Assert.True(workers.Items.Single(worker => worker.Name == "farm.cpu").SharesAccepted >= 6);
        // Shares on the way while the block changed are nobody's fault; there must be no others.
        Assert.Equal(translator.Figure(FigureNames.SharesRejected), translator.Figure("sharesRejected:stale-share") + translator.Figure("sharesRejected:job-ended"));
    }

    private static double Accepted(PoolHarness pool) => pool.Role.Report().Figures.Single(figure => figure.Name == FigureNames.SharesAccepted).Value;

    private static async Task UntilAsync(PoolHarness pool, Process minerd, double shares)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Accepted(pool) < shares)
        {
            Assert.False(minerd.HasExited, "minerd ended by itself");
            await looks.WaitForNextTickAsync(patience.Token);
        }
    }

    private static Process Start(int port)
    {
        var start = new ProcessStartInfo(MinerdTheoryAttribute.Path!, ["-a", "sha256d", "-t", "1", "-q", "-o", $"stratum+tcp://127.0.0.1:{port}", "-u", "acct.cpu", "-p", "x"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        // Nobody needs its words, but a full pipe would stop it.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}

/// <summary>A test that needs <c>minerd</c>, and says so where there is none.</summary>
public sealed class MinerdTheoryAttribute : TheoryAttribute
{
    private const string Variable = "SV2_MINERD";

    public MinerdTheoryAttribute()
    {
        if (Path is null)
            Skip = $"did not run: minerd (cpuminer) is neither on the PATH nor named by {Variable}";
    }

    /// <summary>Where it is: what the variable says, or the first on the PATH; null when it is nowhere.</summary>
    public static string? Path { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : OnPath();

    private static string? OnPath() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
        .Select(static folder => System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? "minerd.exe" : "minerd"))
        .FirstOrDefault(File.Exists);
}
