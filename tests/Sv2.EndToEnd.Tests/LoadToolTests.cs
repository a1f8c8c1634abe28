using System.Diagnostics;

namespace Sv2.EndToEnd.Tests;

/// <summary>The load tool as it is used, with few miners: storms of connections and of new tips, and not one error.</summary>
public sealed class LoadToolTests
{
    [Fact]
    public async Task Storms_of_connections_and_tips_cause_no_error()
    {
        string output = await RunAsync(
            "--miners", "40", "--ramp", "40", "--shares-per-minute", "60", "--bad-percent", "5", "--duration", "4",
            "--tip-every", "1", "--tip-burst", "3", "--reconnect-every", "1", "--reconnect-percent", "50");

        Assert.Contains("connected 40 of 40", output, StringComparison.Ordinal);
        Assert.Contains("errors: none", output, StringComparison.Ordinal);
        Assert.Matches("new tip, last minus first miner: .* over [1-9]", output);
    }

    [Fact]
    public async Task Extended_channels_at_full_speed_lose_no_share()
    {
        string output = await RunAsync("--miners", "5", "--full-speed", "--window", "50", "--duration", "2", "--extended");

        Assert.Contains("errors: none", output, StringComparison.Ordinal);
        Assert.Matches("shares: [1-9][0-9]* sent", output);
    }

    [Fact]
    public async Task Listeners_of_the_event_stream_hear_the_pool_and_cost_no_share()
    {
        string output = await RunAsync(
            "--miners", "5", "--shares-per-minute", "600", "--duration", "1.5", "--tip-every", "0.5", "--event-listeners", "20");

        Assert.Contains("errors: none", output, StringComparison.Ordinal);
        Assert.Matches("heard: [1-9][0-9]+ events", output);
        Assert.Matches("acknowledged shares a second: .* without listeners, .* with 20; ratio [0-9.]+", output);
    }

    [Theory]
    [InlineData("--sv1")]
    [InlineData("--sv1", "--per-miner")]
    [InlineData("--proxy", "aggregated")]
    [InlineData("--proxy", "transparent", "--extended")]
    public async Task A_farm_moves_to_its_other_pool_under_load_without_losing_a_miner(params string[] farm)
    {
        // Pools that ask a whole farm for many shares: that none comes through in time is then out of the question.
        string output = await RunAsync(
            [.. farm, "--miners", "20", "--shares-per-minute", "60", "--duration", "4", "--tip-every", "1", "--switch-after", "2.5", "--pool-share-interval", "0.1"]);

        Assert.Contains("errors: none", output, StringComparison.Ordinal);
        Assert.Matches("switch: 20 miners on the other pool; .* connected 20", output);
        Assert.Matches("forwarded [1-9][0-9]*, accepted by pools [1-9]", output);
        Assert.Contains("switches 1, ", output, StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "sv2-load.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        string text = await output + await errors;
        Assert.True(process.ExitCode == 0, text);
        return text;
    }
}
