using System.Net;
using System.Text.Json.Nodes;

namespace Sv2.EndToEnd.Tests;

/// <summary>What a new user meets: the embedded stack started without configuration, over real sockets and signals.</summary>
public sealed class EmbeddedStackTests
{
    // How long a state may take to come on a slow and busy machine; where it is there, nothing waits.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Mines_three_checked_blocks_and_stops_in_order()
    {
        using var data = new DataFolder();
        await using var stack = await StackProcess.StartAsync(data.Path);

        await stack.WaitUntilAsync("three accepted blocks", Patience, async () => (await AcceptedBlocksAsync(stack)).Count >= 3);

        foreach (var block in await AcceptedBlocksAsync(stack))
        {
            Assert.Matches("^[0-9a-f]{64}$", (string)block["hash"]!);
            Assert.True((long)block["height"]! > 0);
            Assert.True((long)block["coinbaseValueSats"]! > 0);
            Assert.False(string.IsNullOrEmpty((string?)block["finder"]));
            Assert.NotNull(block["time"]);
        }

        var channel = Assert.Single(await stack.ItemsAsync("/api/v1/channels?instance=pool"))!;
        var shares = (long)channel["sharesAccepted"]!;
        Assert.True(shares > (await AcceptedBlocksAsync(stack)).Count, "shares flow between blocks");

        Assert.Equal(0, await stack.TerminateAsync());
    }

    [Fact]
    public async Task Prints_where_everything_listens()
    {
        using var data = new DataFolder();
        await using var stack = await StackProcess.StartAsync(data.Path);

        Assert.Contains($"http://127.0.0.1:{stack.Ports.Http}", stack.Output, StringComparison.Ordinal);
        Assert.Matches($@"stratum2\+tcp://127\.0\.0\.1:{stack.Ports.Pool}/9[1-9A-HJ-NP-Za-km-z]{{50}}", stack.Output);
    }

    [Fact]
    public async Task State_and_keys_survive_a_crash()
    {
        using var data = new DataFolder();
        string connection;
        List<string> hashes;
        await using (var first = await StackProcess.StartAsync(data.Path))
        {
            await first.WaitUntilAsync("two accepted blocks", Patience, async () => (await AcceptedBlocksAsync(first)).Count >= 2);
            connection = await PoolConnectionAsync(first);
            hashes = [.. (await AcceptedBlocksAsync(first)).Select(block => (string)block["hash"]!)];
            await first.CrashAsync();
        }

        await using var second = await StackProcess.StartAsync(data.Path);
        var before = await AcceptedBlocksAsync(second);
        Assert.Subset(before.Select(block => (string)block["hash"]!).ToHashSet(), hashes.ToHashSet());
        Assert.Equal(connection.Split('/')[^1], (await PoolConnectionAsync(second)).Split('/')[^1]);

        var height = before.Max(block => (long)block["height"]!);
        await second.WaitUntilAsync("a block on top", Patience,
            async () => (await AcceptedBlocksAsync(second)).Any(block => (long)block["height"]! > height));
    }

    [Fact]
    public async Task Keys_are_readable_by_their_owner_alone()
    {
        if (OperatingSystem.IsWindows())
            return; // no Unix permissions there
        using var data = new DataFolder();
        await using var stack = await StackProcess.StartAsync(data.Path);

        var keys = Directory.EnumerateFiles(data.Path, "*.key", SearchOption.AllDirectories).ToList();
        Assert.NotEmpty(keys);
        foreach (var key in keys)
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
    }

    [Fact]
    public async Task Pool_keeps_its_miners_while_the_template_provider_is_away()
    {
        using var data = new DataFolder();
        await using var stack = await StackProcess.StartAsync(data.Path);
        await stack.WaitUntilAsync("a block", Patience, async () => (await AcceptedBlocksAsync(stack)).Count >= 1);
        var channel = Assert.Single(await stack.ItemsAsync("/api/v1/channels?instance=pool"))!;

        await stack.PostAsync("/api/v1/roles/template-provider/stop");
        await stack.WaitUntilAsync("the pool says that its template provider is away", Patience,
            async () => (await stack.RoleAsync("pool")).ToJsonString().Contains("template provider", StringComparison.OrdinalIgnoreCase)
                && (string?)(await stack.RoleAsync("pool"))["report"]?["health"] is "degraded" or "unhealthy");
        var kept = Assert.Single(await stack.ItemsAsync("/api/v1/channels?instance=pool"))!;
        Assert.Equal((long)channel["connectionId"]!, (long)kept["connectionId"]!);

        var height = (await AcceptedBlocksAsync(stack)).Max(block => (long)block["height"]!);
        await stack.PostAsync("/api/v1/roles/template-provider/start");
        await stack.WaitUntilAsync("work goes on", Patience,
            async () => (await AcceptedBlocksAsync(stack)).Any(block => (long)block["height"]! > height));
        var still = Assert.Single(await stack.ItemsAsync("/api/v1/channels?instance=pool"))!;
        Assert.Equal((long)channel["connectionId"]!, (long)still["connectionId"]!);
    }

    [Fact]
    public async Task Device_comes_back_when_the_pool_was_away()
    {
        using var data = new DataFolder();
        await using var stack = await StackProcess.StartAsync(data.Path);
        await stack.WaitUntilAsync("a channel", Patience, async () => (await stack.ItemsAsync("/api/v1/channels?instance=pool")).Count == 1);

        await stack.PostAsync("/api/v1/roles/pool/stop");
        await stack.WaitUntilAsync("the device says so", Patience,
            async () => (string?)(await stack.RoleAsync("device"))["report"]?["health"] is "degraded" or "unhealthy");
        await stack.PostAsync("/api/v1/roles/pool/start");
        await stack.WaitUntilAsync("a channel again", Patience, async () => (await stack.ItemsAsync("/api/v1/channels?instance=pool")).Count == 1);
    }

    [Fact]
    public async Task Port_in_use_is_one_clear_line_and_exit_code_2()
    {
        using var data = new DataFolder();
        await using var stack = await StackProcess.StartAsync(data.Path);
        using var other = new DataFolder();
        var ports = StackPorts.Free() with { Pool = stack.Ports.Pool };

        var (exitCode, output) = await StackProcess.RunAsync(StackProcess.ArgumentsFor(other.Path, ports));

        Assert.Equal(2, exitCode);
        Assert.Contains("listen", output, StringComparison.Ordinal);
        Assert.Contains(stack.Ports.Pool.ToString(System.Globalization.CultureInfo.InvariantCulture), output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pool.lisen=127.0.0.1:0", "lisen")]
    [InlineData("pool.listen=nowhere", "listen")]
    [InlineData("pool.payout=bc1qnotanaddress", "payout")]
    [InlineData("nobody.listen=127.0.0.1:0", "nobody")]
    public async Task Wrong_setting_is_one_clear_line_and_exit_code_2(string setting, string named)
    {
        using var data = new DataFolder();

        var (exitCode, output) = await StackProcess.RunAsync(StackProcess.ArgumentsFor(data.Path, StackPorts.Free(), "--set", setting));

        Assert.Equal(2, exitCode);
        Assert.Contains(named, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_of_another_web_origin_changes_nothing()
    {
        using var data = new DataFolder();
        await using var stack = await StackProcess.StartAsync(data.Path);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/roles/device/stop");
        request.Headers.Add("Origin", "http://elsewhere.example");

        using var answer = await stack.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("running", (string?)(await stack.RoleAsync("device"))["state"]);
    }

    private static async Task<List<JsonNode>> AcceptedBlocksAsync(StackProcess stack) =>
        [.. (await stack.ItemsAsync("/api/v1/blocks?instance=pool")).Where(block => (string?)block!["state"] == "accepted").Select(block => block!)];

    private static async Task<string> PoolConnectionAsync(StackProcess stack) =>
        (await stack.RoleAsync("pool"))["report"]!["endpoints"]!.AsArray()
            .Select(endpoint => (string?)endpoint!["connectionString"])
            .First(text => text is not null)!;
}
