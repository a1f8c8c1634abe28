using System.CommandLine;
using System.Globalization;
using Sv2.Roles.MiningProxy;

namespace Sv2.Load;

/// <summary>The command line of the load tool.</summary>
internal static class Program
{
    private const string Help =
        """
        Puts a Stratum V2 pool under load.

        Without --pool it starts one in a process beside it, with the easiest share target, its ledger in a temporary
        folder and a scripted template provider, and reports that process's memory and processor time as well.

        Examples:
          sv2-load --miners 2000 --ramp 500 --shares-per-minute 30 --duration 30
          sv2-load --miners 1000 --shares-per-minute 0 --duration 0              how fast connections are made
          sv2-load --miners 200 --full-speed --window 200                        shares a second
          sv2-load --miners 2000 --tip-every 2 --shares-per-minute 10            spread of a new tip
          sv2-load --miners 1000 --reconnect-every 5 --reconnect-percent 50      connection storms
          sv2-load --miners 200 --full-speed --tip-every 1 --event-listeners 100 with and without listeners
          sv2-load --sv1 --miners 1000 --tip-every 10 --switch-after 22          a translator, and a switch of its pools
          sv2-load --proxy aggregated --miners 1000 --switch-after 22            the same with a mining proxy
          sv2-load --pool stratum2+tcp://127.0.0.1:34254/KEY --miners 50
        """;

    private static async Task<int> Main(string[] args)
    {
        if (args is ["serve"]) return await PoolServer.RunAsync(Console.In, Console.Out);
        if (args is ["serve-watched"]) return await WatchedPoolServer.RunAsync(Console.In, Console.Out);
        if (args is ["serve-farm", { } what, { } interval])
            return await FarmServer.RunAsync(what, TimeSpan.Parse(interval, CultureInfo.InvariantCulture), Console.In, Console.Out);

        var defaults = new LoadOptions();
        var pool = new Option<string?>("--pool") { Description = "Connection string of the pool; without it one is started here." };
        var sv1 = new Option<bool>("--sv1") { Description = "Stratum V1 miners: to stratum+tcp://host:port if --pool is given, or to a translator started here with two pools behind it." };
        var perMiner = new Option<bool>("--per-miner") { Description = "The translator gives every miner a channel of its own." };
        var proxy = new Option<ProxyMode?>("--proxy") { Description = "A mining proxy started here with two pools behind it, in this mode." };
        var switchAfter = new Option<double>("--switch-after") { Description = "Seconds until the pool of the translator or proxy stops; 0 for never." };
        var poolInterval = new Option<double>("--pool-share-interval") { Description = "Seconds between two shares of a channel that the pools of the translator or proxy aim at.", DefaultValueFactory = _ => defaults.PoolShareInterval.TotalSeconds };
        var miners = new Option<int>("--miners") { Description = "Miners, one connection and channel each.", DefaultValueFactory = _ => defaults.Miners };
        var ramp = new Option<double>("--ramp") { Description = "Connections begun a second; 0 for all at once.", DefaultValueFactory = _ => defaults.Ramp };
        var concurrency = new Option<int>("--concurrency") { Description = "Connections in the making at a time.", DefaultValueFactory = _ => defaults.Concurrency };
        var rate = new Option<double>("--shares-per-minute") { Description = "Shares of one miner in a minute.", DefaultValueFactory = _ => defaults.SharesPerMinute };
        var fullSpeed = new Option<bool>("--full-speed") { Description = "Every miner keeps its window full." };
        var window = new Option<int>("--window") { Description = "Shares of one miner that may wait for an answer.", DefaultValueFactory = _ => defaults.Window };
        var bad = new Option<double>("--bad-percent") { Description = "Part of the shares that must be refused, to measure verdicts.", DefaultValueFactory = _ => defaults.BadPercent };
        var extended = new Option<bool>("--extended") { Description = "Open extended channels in place of standard ones." };
        var duration = new Option<double>("--duration") { Description = "Seconds of shares once all are connected.", DefaultValueFactory = _ => defaults.Duration.TotalSeconds };
        var tipEvery = new Option<double>("--tip-every") { Description = "Seconds between new tips; 0 for none." };
        var tipBurst = new Option<int>("--tip-burst") { Description = "Tips that follow one another each time.", DefaultValueFactory = _ => defaults.TipBurst };
        var reconnectEvery = new Option<double>("--reconnect-every") { Description = "Seconds between reconnect storms; 0 for none." };
        var reconnectPercent = new Option<double>("--reconnect-percent") { Description = "Part of the miners that a storm drops.", DefaultValueFactory = _ => defaults.ReconnectPercent };
        var listeners = new Option<int>("--event-listeners") { Description = "Runs the pool with a control plane, and the load in turns without and with so many listeners of its event stream: eight times the duration, the first to warm up." };
        var command = new RootCommand(Help) { pool, sv1, perMiner, proxy, switchAfter, poolInterval, miners, ramp, concurrency, rate, fullSpeed, window, bad, extended, duration, tipEvery, tipBurst, reconnectEvery, reconnectPercent, listeners };
        command.SetAction((result, cancellation) => new LoadRun(new LoadOptions
        {
            Pool = result.GetValue(pool),
            Sv1 = result.GetValue(sv1),
            PerMiner = result.GetValue(perMiner),
            Proxy = result.GetValue(proxy),
            SwitchAfter = TimeSpan.FromSeconds(result.GetValue(switchAfter)),
            PoolShareInterval = TimeSpan.FromSeconds(result.GetValue(poolInterval)),
            Miners = result.GetValue(miners),
            Ramp = result.GetValue(ramp),
            Concurrency = result.GetValue(concurrency),
            SharesPerMinute = result.GetValue(rate),
            FullSpeed = result.GetValue(fullSpeed),
            Window = result.GetValue(window),
            BadPercent = result.GetValue(bad),
            Extended = result.GetValue(extended),
            Duration = TimeSpan.FromSeconds(result.GetValue(duration)),
            TipEvery = TimeSpan.FromSeconds(result.GetValue(tipEvery)),
            TipBurst = result.GetValue(tipBurst),
            ReconnectEvery = TimeSpan.FromSeconds(result.GetValue(reconnectEvery)),
            ReconnectPercent = result.GetValue(reconnectPercent),
            EventListeners = result.GetValue(listeners),
        }, Console.Out).RunAsync(cancellation));
        return await command.Parse(args).InvokeAsync();
    }
}
