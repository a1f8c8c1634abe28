using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sv2.ControlPlane.Stack;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.ControlPlane.Tests.Cli;

/// <summary>The program as a process: banner, mining, signals, exit codes.</summary>
public sealed class ProcessTests : IDisposable
{
    // Some two blocks a second, so that the test need not wait for one.
    private static readonly string[] Fast =
    [
        "--http", "127.0.0.1:0",
        "--set", "pool.listen=127.0.0.1:0",
        "--set", "template-provider.listen=127.0.0.1:0",
        "--set", "template-provider.source.embedded.hashesPerBlock=1000000",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ChildProcess Up() => ChildProcess.Start(["up", "--data-dir", _folder.Path, .. Fast]);

    private static async Task<(HttpClient Client, string ConnectionString)> ReadBannerAsync(ChildProcess child)
    {
        string web = await child.WaitForLineAsync(l => l.TrimStart().StartsWith("Web page", StringComparison.Ordinal));
        string miners = await child.WaitForLineAsync(l => l.Contains("for miners", StringComparison.Ordinal));
        return (new HttpClient { BaseAddress = new Uri(web.Split(' ')[^1]) }, miners.Split(' ')[^1]);
    }

    private static async Task<long> HeightAsync(HttpClient client) =>
        (long)(await client.GetFromJsonAsync<JsonNode>("api/v1/blocks?limit=1"))!["items"]![0]!["height"]!;

    [Fact]
    public async Task The_stack_mines_survives_a_kill_and_stops_in_order()
    {
        if (OperatingSystem.IsWindows())
            return; // No signals there.
        string first;
        long height;
        await using (ChildProcess child = Up())
        {
            (HttpClient client, first) = await ReadBannerAsync(child);
            using (client)
            {
                await child.WaitForLineAsync(l => l.Contains("Block 3 was accepted", StringComparison.Ordinal));
                height = await HeightAsync(client);
                Assert.InRange(height, 3, long.MaxValue);

                (int code, _, string error) = await ChildProcess.RunAsync("up", "--data-dir", _folder.Path, "--http", "127.0.0.1:0");
                Assert.Equal(2, code);
                Assert.Contains("in use by another sv2 process", error);

                (code, string diagnosis, _) = await ChildProcess.RunAsync("doctor", first);
                Assert.True(code == 0, diagnosis);
                Assert.Contains("The server can be used.", diagnosis);
                Assert.Matches(@"ok +extensions .*0x0002", diagnosis);
                Assert.Matches(@"ok +channel .*difficulty", diagnosis);
                Assert.Matches(@"ok +first job .*previous block", diagnosis);
                (code, string certificate, _) = await ChildProcess.RunAsync("keygen", "--inspect", first);
                Assert.True(code == 0, certificate);
                Assert.Matches(@"Version +0\b", certificate);
                Assert.Contains("signed this certificate", certificate);
                (code, diagnosis, _) = await ChildProcess.RunAsync("doctor", first, "--protocol", "job-declaration");
                Assert.True(code == 1, diagnosis);
                Assert.Contains("failed   setup", diagnosis);
            }

            await child.SignalAsync("KILL");
        }

        await using (ChildProcess child = ChildProcess.Start("up", "--data-dir", _folder.Path, "--http", "127.0.0.1:0"))
        {
            (HttpClient client, string second) = await ReadBannerAsync(child);
            using (client)
            {
                Assert.Equal(first, second);
                Assert.InRange(await HeightAsync(client), height, long.MaxValue);
            }

            Assert.Equal(0, await child.SignalAsync("TERM"));
            IReadOnlyList<string> output = await child.AllOutputAsync();
            int[] stopped = [.. ((string[])["device", "pool", "template-provider"]).Select(name => output.ToList().FindLastIndex(l => Regex.IsMatch(l, $@"  {name} +Stopped")))];
            Assert.True(stopped[0] >= 0 && stopped[0] < stopped[1] && stopped[1] < stopped[2], string.Join('\n', output));
        }
    }

    [Fact]
    public async Task As_a_service_it_is_ready_once_everything_serves_and_leaves_no_address_behind()
    {
        if (!OperatingSystem.IsLinux())
            return;
        string address = Path.Combine(_folder.Path, "notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(address));
        string data = Path.Combine(_folder.Path, "data");
        var environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = address, ["WATCHDOG_USEC"] = "60000000" };
        await using ChildProcess child = ChildProcess.Start(environment, ["up", "--data-dir", data, "--log-format", "json", .. Fast]);

        string[] start = [await HeardAsync(manager), await HeardAsync(manager)];
        string ready = Assert.Single(start, text => text.StartsWith("READY=1\n", StringComparison.Ordinal));
        Assert.Contains("WATCHDOG=1", start);
        string url = ready.Split("Pages at ")[1];
        using (var client = new HttpClient { BaseAddress = new Uri(url) })
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("readyz")).StatusCode);

        (int code, string link, _) = await ChildProcess.RunAsync("link", "--data-dir", data);
        Assert.Equal(0, code);
        Assert.StartsWith($"{url}signin?code=", link);

        Task<int> end = child.SignalAsync("TERM");
        string last;
        do
            last = await HeardAsync(manager);
        while (last == "WATCHDOG=1");
        Assert.StartsWith("STOPPING=1\n", last);
        Assert.Equal(0, await end);
        Assert.Null(ServerAddress.Read(data));
        Assert.All(await child.AllOutputAsync(), line => Assert.NotNull(JsonNode.Parse(line)!["time"]));

        static async Task<string> HeardAsync(Socket socket)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            byte[] buffer = new byte[1024];
            return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, SocketFlags.None, patience.Token));
        }
    }

    [Fact]
    public async Task Control_c_stops_it_as_well()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using ChildProcess child = Up();
        await child.WaitForLineAsync(l => l.StartsWith("Ctrl-C", StringComparison.Ordinal));
        // A shell that runs us in the background has this signal ignored, and so has the child then.
        if (ChildProcess.InheritsIgnored(signal: 2))
            return;
        Assert.Equal(0, await child.SignalAsync("INT"));
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_that_names_the_key()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        (int code, string output, string error) = await ChildProcess.RunAsync(["up", "--data-dir", _folder.Path, .. Fast, "--set", $"pool.listen=127.0.0.1:{port}"]);
        Assert.Equal(2, code);
        Assert.Equal("", output);
        string line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("sv2: pool.listen: ", line);
        Assert.Contains($"{port}", line);

        (code, output, error) = await ChildProcess.RunAsync("up", "--data-dir", _folder.Path, "--http", $"127.0.0.1:{port}");
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("sv2: --http: ", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public async Task Every_example_is_a_valid_configuration()
    {
        foreach (string kind in RoleKinds.All.Select(k => k.Name))
        {
            (int code, string example, _) = await ChildProcess.RunAsync("config", "example", kind);
            Assert.Equal(0, code);
            string file = Path.Combine(_folder.Path, $"{kind}.json");
            await File.WriteAllTextAsync(file, example);
            (code, string output, string error) = await ChildProcess.RunAsync("config", "check", file);
            Assert.True(code == 0, error);
            Assert.Contains($"a valid configuration of a {kind}", output);
        }
    }

    [Fact]
    public async Task A_single_role_runs_from_its_file()
    {
        if (OperatingSystem.IsWindows())
            return;
        string file = Path.Combine(_folder.Path, "provider.json");
        await File.WriteAllTextAsync(file, """{ "kind": "template-provider", "listen": "127.0.0.1:0" }""");
        await using ChildProcess child = ChildProcess.Start("run", "template-provider", "--config", file, "--data-dir", Path.Combine(_folder.Path, "data"));
        await child.WaitForLineAsync(l => l.Contains("template distribution, encrypted", StringComparison.Ordinal));
        Assert.Equal(0, await child.SignalAsync("TERM"));

        await File.WriteAllTextAsync(file, """{ "kind": "template-provider", "listen": "127.0.0.1:99999" }""");
        (int code, _, string error) = await ChildProcess.RunAsync("run", "template-provider", "--config", file);
        Assert.Equal(2, code);
        Assert.Contains("provider.json: listen: ", error);
        Assert.Contains("is not 'pool'", (await ChildProcess.RunAsync("run", "pool", "--config", file)).Error);
    }
}
