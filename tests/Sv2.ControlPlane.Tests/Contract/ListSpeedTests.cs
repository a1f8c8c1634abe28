using System.Diagnostics;
using System.Globalization;
using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles;
using Sv2.Roles.Tests.Hosting;
using Xunit.Abstractions;

namespace Sv2.ControlPlane.Tests.Contract;

/// <summary>Measures lists with ten thousand workers. Tells figures and asserts none; runs with SV2_LONG_TESTS=1 only.</summary>
public class ListSpeedTests(ITestOutputHelper output)
{
    private const int Workers = 10_000;
    private const int Requests = 1_000;
    private const int Clients = 4;

    private static readonly string[] Paths =
    [
        "workers?limit=100", "workers?limit=100&sort=-hashRate&sparkline=true", "workers?limit=100&search=rig77", "workers?limit=1000&offset=9000&sort=name",
        "workers?limit=100&online=true&instance=pool&sort=lastShareAt",
        "miners?limit=100&sort=-hashRate", "miners?limit=100&instance=pool&sparkline=true", "miners/account-77", "workers/pool/account-77.rig777",
        "channels?limit=100&sort=-sharesRejected", "channels?limit=1000", "channels?limit=100&search=rig77",
        "blocks?limit=100", "blocks?limit=1000&state=accepted", "events/history?limit=1000", "upstreams", "templates?sort=-height", "jobs?limit=1000", "roles",
    ];

    [Fact]
    public async Task Ten_thousand_workers()
    {
        if (Environment.GetEnvironmentVariable("SV2_LONG_TESTS") != "1")
            return;
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole pool = await app.CreateAsync("pool");
        pool.CurrentReport = pool.CurrentReport with { Endpoints = [new("mining", "127.0.0.1:1", null, true)] };
        for (int i = 0; i < Workers; i++)
        {
            string name = $"account-{i / 10}.rig{i}";
            pool.Workers.Add(Samples.Worker(name) with { HashRate = (i * 7919) % 10_007, SharesAccepted = i });
            pool.Channels.Add(Samples.Channel((uint)i, name));
            pool.Blocks.Add(Samples.Block(i, BlockState.Accepted) with { Finder = name, Worker = name });
        }

        foreach (string path in Paths)
        {
            await TimeAsync(app, path, 50);
            double[] times = [.. (await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(() => TimeAsync(app, path, Requests / Clients))))).SelectMany(t => t).Order()];
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path,-50} p50 {times[times.Length / 2],6:0.0} ms   p99 {times[(int)(times.Length * 0.99)],6:0.0} ms   max {times[^1],6:0.0} ms"));
        }
    }

    private static async Task<List<double>> TimeAsync(RunningControlPlane app, string path, int count)
    {
        var times = new List<double>(count);
        for (int i = 0; i < count; i++)
        {
            long began = Stopwatch.GetTimestamp();
            using HttpResponseMessage response = await app.Client.GetAsync($"api/v1/{path}", HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            await response.Content.CopyToAsync(Stream.Null);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return times;
    }
}
