using System.Diagnostics;

namespace Sv2.Load;

/// <summary>One run: connect, send shares, make storms, report.</summary>
internal sealed class LoadRun(LoadOptions options, TextWriter output)
{
    // Without, with, without, with, without, with, without.
    private const int ListenerRounds = 7;

    private readonly LoadStatistics _statistics = new();
    private readonly ILoadMiner?[] _miners = new ILoadMiner?[options.Miners];
    private readonly Random _random = new(1);
    private string _pool = "";
    private PoolProcess? _process;

    /// <summary>Runs; 0 when nothing went wrong that was not meant to.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await using PoolProcess? process = options.Pool is null ? await PoolProcess.StartAsync(Server(), cancellation) : null;
        _process = process;
        _pool = options.Pool ?? process!.ConnectionString;
        output.WriteLine($"pool: {_pool}");

        long idleMemory = process?.Usage().ResidentBytes ?? 0;
        await ConnectAllAsync(cancellation);
        ReportIdle(idleMemory);
        if (options.EventListeners > 0) await CompareListenersAsync(cancellation);
        else await SendSharesAsync(cancellation);
        Report();
        if (process is not null && options.IsFarm) output.WriteLine(await process.AskTrafficAsync());
        await Task.WhenAll(_miners.OfType<ILoadMiner>().Select(miner => miner.DisconnectAsync()));
        return _statistics.ErrorCount == 0 ? 0 : 1;
    }

    private async Task ConnectAllAsync(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        using var progress = new Progress(TimeSpan.FromSeconds(1), () => output.WriteLine(
            $"{watch.Elapsed.TotalSeconds,6:0.0} s  connected {Connected}/{options.Miners}  errors {_statistics.ErrorCount}"));
        await ConnectAsync(Enumerable.Range(0, options.Miners), options.Ramp, cancellation);
        output.WriteLine($"connected {Connected} of {options.Miners} in {watch.Elapsed.TotalSeconds:0.00} s; connect to first work: {_statistics.Connect.Describe()}");
    }

    private async Task ConnectAsync(IEnumerable<int> numbers, double perSecond, CancellationToken cancellation)
    {
        using var slots = new SemaphoreSlim(options.Concurrency);
        var watch = Stopwatch.StartNew();
        var connecting = new List<Task>();
        foreach (int number in numbers)
        {
            double due = perSecond > 0 ? connecting.Count / perSecond : 0;
            if (due > watch.Elapsed.TotalSeconds) await Task.Delay(TimeSpan.FromSeconds(due) - watch.Elapsed, cancellation);
            await slots.WaitAsync(cancellation);
            connecting.Add(ConnectAsync(number, slots, cancellation));
        }

        await Task.WhenAll(connecting);
    }

    private async Task ConnectAsync(int number, SemaphoreSlim slots, CancellationToken cancellation)
    {
        try
        {
            ILoadMiner miner = options.Sv1 ? new Sv1LoadMiner(number, options, _statistics) : new LoadMiner(number, options, _statistics);
            await miner.ConnectAsync(_pool, cancellation);
            _miners[number] = miner;
        }
        catch (Exception e) when (e is IOException or TimeoutException or Transport.ConnectException)
        {
            _statistics.Error($"connect: {e.Message}");
        }
        finally
        {
            slots.Release();
        }
    }

    /// <summary>Loads the pool in turns without and with listeners of its control plane's events, so that what drifts over the run hits both alike.</summary>
    private async Task CompareListenersAsync(CancellationToken cancellation)
    {
        if (_process is null || options.Sv1) throw new InvalidOperationException("--event-listeners needs a pool that is started here");
        (Uri server, string token) = await _process.AskEventsAsync();
        List<LoadRate> without = [];
        List<LoadRate> with = [];
        await RoundAsync("to warm up, with listeners:", listens: true);
        for (int round = 0; round < ListenerRounds; round++)
        {
            bool listens = round % 2 == 1;
            LoadRate rate = await RoundAsync(listens ? $"with {options.EventListeners} listeners:" : "without listeners:", listens);
            (listens ? with : without).Add(rate);
        }

        Compare("acknowledged shares a second", rate => rate.PerSecond);
        Compare("processor time of a share, us", rate => rate.Microseconds);

        async Task<LoadRate> RoundAsync(string title, bool listens)
        {
            output.WriteLine(title);
            await using EventListeners? listeners = listens ? await EventListeners.StartAsync(server, token, options.EventListeners, cancellation) : null;
            LoadRate rate = await SendSharesAsync(cancellation);
            if (listeners?.Heard is not { } heard) return rate;
            output.WriteLine($"heard: {heard.Events} events, {heard.Bytes} bytes");
            if (heard.Events <= options.EventListeners) _statistics.Error("events: the listeners heard nothing but the greeting");
            if (heard.Ended > 0) _statistics.Error($"events: {heard.Ended} streams ended");
            return rate;
        }

        void Compare(string what, Func<LoadRate, double> value) =>
            output.WriteLine($"{what}: {without.Average(value):0.0} without listeners, {with.Average(value):0.0} with {options.EventListeners}; ratio {with.Average(value) / without.Average(value):0.000}");
    }

    private async Task<LoadRate> SendSharesAsync(CancellationToken cancellation)
    {
        if (options.SharesPerMinute <= 0 && !options.FullSpeed && options.TipEvery == TimeSpan.Zero) return default;
        var watch = Stopwatch.StartNew();
        LoadCount before = Count();
        (long Sent, long Acknowledged) last = (before.Sent, before.Acknowledged);
        using (new Progress(TimeSpan.FromSeconds(1), () => last = Tell(watch.Elapsed, last)))
        {
            Task storms = StormAsync(watch, cancellation);
            Task tips = MoveTipsAsync(watch, cancellation);
            Task switching = SwitchAsync(watch, cancellation);
            await Task.Run(() => SendAsync(watch, cancellation), cancellation);
            await storms;
            await tips;
            await switching;
        }

        LoadRate rate = ReportRates(watch.Elapsed, before);
        await DrainAsync(cancellation);
        return rate;
    }

    private LoadCount Count() => new(_statistics.Sent, _statistics.Acknowledged, Bytes, _process?.Usage() ?? default);

    private async Task SendAsync(Stopwatch watch, CancellationToken cancellation)
    {
        double perSecond = options.Miners * options.SharesPerMinute / 60;
        long due = 0;
        int next = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (watch.Elapsed < options.Duration && await timer.WaitForNextTickAsync(cancellation))
        {
            if (options.FullSpeed)
            {
                foreach (ILoadMiner? miner in _miners)
                {
                    while (miner?.TrySubmit(IsBad()) == true)
                    {
                    }
                }

                continue;
            }

            for (long target = (long)(watch.Elapsed.TotalSeconds * perSecond); due < target; due++)
            {
                ILoadMiner? miner = _miners[next];
                next = (next + 1) % _miners.Length;
                if (miner?.TrySubmit(IsBad()) == false) _statistics.Error("share: not sent, too many wait for an answer");
            }
        }
    }

    private bool IsBad() => _random.NextDouble() * 100 < options.BadPercent;

    private async Task StormAsync(Stopwatch watch, CancellationToken cancellation)
    {
        if (options.ReconnectEvery <= TimeSpan.Zero) return;
        using var timer = new PeriodicTimer(options.ReconnectEvery);
        while (watch.Elapsed + options.ReconnectEvery < options.Duration && await timer.WaitForNextTickAsync(cancellation))
        {
            int[] chosen = [.. Enumerable.Range(0, _miners.Length).Where(_ => _random.NextDouble() * 100 < options.ReconnectPercent)];
            foreach (int number in chosen)
            {
                if (_miners[number] is not { } miner) continue;
                _miners[number] = null;
                await miner.DisconnectAsync();
            }

            await ConnectAsync(chosen, 0, cancellation);
        }
    }

    private async Task MoveTipsAsync(Stopwatch watch, CancellationToken cancellation)
    {
        if (options.TipEvery <= TimeSpan.Zero || _process is null) return;
        using var timer = new PeriodicTimer(options.TipEvery);
        while (watch.Elapsed + options.TipEvery < options.Duration && await timer.WaitForNextTickAsync(cancellation))
        {
            for (int i = 0; i < options.TipBurst; i++) await _process.MoveTipAsync();
        }
    }

    /// <summary>Stops the pool in use. The switch is over when the last miner has its first job of the other pool, which is on another block.</summary>
    private async Task SwitchAsync(Stopwatch watch, CancellationToken cancellation)
    {
        if (options.SwitchAfter <= TimeSpan.Zero || _process is null) return;
        await Task.Delay(options.SwitchAfter - watch.Elapsed, cancellation);
        HashSet<Protocol.U256> known = [.. _statistics.TipHashes];
        long forwarded = TimeProvider.System.GetTimestamp();
        await _process.SwitchAsync();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        TipSpread? tip = null;
        while ((tip is null || tip.Miners < Connected) && TimeProvider.System.GetElapsedTime(forwarded) < TimeSpan.FromSeconds(10))
        {
            await timer.WaitForNextTickAsync(cancellation);
            tip = _statistics.TipSince(known);
        }

        output.WriteLine(tip is null
            ? "switch: no miner got a job of the other pool"
            : $"switch: {tip.Miners} miners on the other pool; first job {tip.After(forwarded).TotalMilliseconds - tip.Spread.TotalMilliseconds:0.0} ms after the order to stop, last {tip.After(forwarded).TotalMilliseconds:0.0} ms; between the first and the last miner {tip.Spread.TotalMilliseconds:0.0} ms; connected {Connected}");
    }

    private string[] Server() => options.EventListeners > 0 ? ["serve-watched"] : options.IsFarm ? FarmServer.Command(options) : ["serve"];

    /// <summary>Waits until every share has its answer.</summary>
    private async Task DrainAsync(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Waiting > 0 && watch.Elapsed < TimeSpan.FromSeconds(10)) await timer.WaitForNextTickAsync(cancellation);
        if (Waiting > 0) _statistics.Error($"share: {Waiting} without an answer");
    }

    private (long Sent, long Acknowledged) Tell(TimeSpan elapsed, (long Sent, long Acknowledged) last)
    {
        long sent = _statistics.Sent;
        long acknowledged = _statistics.Acknowledged;
        output.WriteLine($"{elapsed.TotalSeconds,6:0.0} s  sent {sent - last.Sent,7}/s  acknowledged {acknowledged - last.Acknowledged,7}/s  waiting {Waiting,6}  connected {Connected}  errors {_statistics.ErrorCount}");
        return (sent, acknowledged);
    }

    private void ReportIdle(long memoryBefore)
    {
        if (_process is null || Connected == 0) return;
        long resident = _process.Usage().ResidentBytes;
        output.WriteLine($"pool memory: {resident / 1_048_576.0:0.0} MB resident, {(resident - memoryBefore) / 1024.0 / Connected:0.0} KB a connection");
    }

    private LoadRate ReportRates(TimeSpan elapsed, LoadCount before)
    {
        double seconds = elapsed.TotalSeconds;
        LoadCount after = Count();
        (long sent, long acknowledged) = (after.Sent - before.Sent, after.Acknowledged - before.Acknowledged);
        double processor = (after.Usage.Processor - before.Usage.Processor).TotalSeconds;
        var rate = new LoadRate(acknowledged / seconds, processor * 1e6 / Math.Max(1, sent));
        output.WriteLine($"shares: {sent} sent ({sent / seconds:0}/s), {acknowledged} acknowledged ({rate.PerSecond:0}/s)");
        if (sent > 0) output.WriteLine($"bytes per share, both directions, jobs included: {(double)(after.Bytes - before.Bytes) / sent:0.0}");
        if (_process is not null)
            output.WriteLine($"pool processor: {processor / seconds * 100:0}% of one core, {rate.Microseconds:0.0} us a share; {after.Usage.ResidentBytes / 1_048_576.0:0.0} MB resident");
        return rate;
    }

    private void Report()
    {
        output.WriteLine($"verdict (refusal of a bad share): {_statistics.Verdict.Describe()}");
        output.WriteLine($"acknowledgement (on disk, and its batch full or due): {_statistics.Acknowledgement.Describe()}");
        TipSpread[] tips = [.. _statistics.Tips.Where(tip => tip.Miners > 1)];
        if (tips.Length > 0)
        {
            double[] spreads = [.. tips.Select(tip => tip.Spread.TotalMilliseconds).Order()];
            output.WriteLine($"new tip, last minus first miner: median {spreads[spreads.Length / 2]:0.0} ms, worst {spreads[^1]:0.0} ms over {tips.Length} tips; fewest miners reached {tips.Min(tip => tip.Miners)}");
        }

        output.WriteLine($"refused as meant: {_statistics.RefusedAsMeant}; stale or lost, on the way at a new tip or a switch: {_statistics.Stale}");
        output.WriteLine(_statistics.ErrorCount == 0 ? "errors: none" : "errors:");
        foreach ((string kind, long count) in _statistics.Errors.OrderByDescending(error => error.Value)) output.WriteLine($"  {count,8}  {kind}");
    }

    private int Connected => _miners.Count(miner => miner?.IsConnected == true);

    private int Waiting => _miners.Sum(miner => miner?.Waiting ?? 0);

    private long Bytes => _miners.Sum(miner => (miner?.BytesSent ?? 0) + (miner?.BytesReceived ?? 0));

    /// <summary>What had been sent and used at one moment.</summary>
    private readonly record struct LoadCount(long Sent, long Acknowledged, long Bytes, ProcessUsage Usage);

    /// <summary>What a stretch of load came to: acknowledged shares a second, and the pool's processor time for one that was sent.</summary>
    private readonly record struct LoadRate(double PerSecond, double Microseconds);

    /// <summary>Tells something at regular times while it lives.</summary>
    private sealed class Progress(TimeSpan period, Action tell) : IDisposable
    {
        private readonly ITimer _timer = TimeProvider.System.CreateTimer(static state => ((Action)state!)(), tell, period, period);

        public void Dispose() => _timer.Dispose();
    }
}
