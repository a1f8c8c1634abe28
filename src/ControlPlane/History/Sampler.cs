using Microsoft.Data.Sqlite;
using Sv2.ControlPlane.Api;
using Sv2.ControlPlane.Security;
using Sv2.Roles;

namespace Sv2.ControlPlane.History;

/// <summary>
/// Looks at the stack every few seconds: writes the time series, tells the rates, and raises and ends alarms. Reads
/// snapshots only; the roles do not notice.
/// </summary>
internal sealed partial class Sampler(
    IRoleHost host, MiningBoard board, SeriesStore store, WorkerHistory workers, AlarmBoard alarms, LiveRates rates,
    HistogramQuantiles quantiles, SignInFailures signIns, ControlPlaneOptions options, TimeProvider time, ILogger<Sampler> log) : BackgroundService
{
    /// <summary>From look to look.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private const int WorkersEvery = 6;
    private const int ForgetEvery = 720;

    private readonly CounterDeltas _deltas = new();
    private readonly ShareWindow _window = new();
    private long _looks;
    private long _lastLook;
    private double? _height;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
                await TryLookAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The program ends.
        }
    }

    private async Task TryLookAsync(CancellationToken stoppingToken)
    {
        try
        {
            await LookAsync(stoppingToken);
        }
        catch (Exception e)
        {
            // A full disk, or a role that cannot be asked: the next look may be better, and the roles go on.
            // At the end of the program what it looks at may be gone already.
            if (!stoppingToken.IsCancellationRequested)
                LogFailed(log, e);
        }
    }

    /// <summary>One look. Public for tests, which have their own clock.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        long second = now.ToUnixTimeSeconds();
        double elapsed = _looks == 0 ? Period.TotalSeconds : Math.Max(0.001, time.GetElapsedTime(_lastLook).TotalSeconds);
        _lastLook = time.GetTimestamp();

        StackFigures figures = await StackFigures.OfAsync(host, cancellationToken);
        IReadOnlyList<WorkerInfo> all = (await board.WorkersAsync(cancellationToken)).Items;
        HashSet<string> counted = [.. StackFigures.CountedOnce(figures.Instances).Select(s => s.Definition.Name)];
        int online = all.Count(w => w.IsOnline && counted.Contains(w.Instance));
        long blocks = (await host.ListBlocksAsync(new ListQuery { Limit = 1 }, cancellationToken)).Total;

        List<Sample> samples = [.. StackSamples(figures, online, blocks), .. figures.Instances.SelectMany(InstanceSamples), .. LatencySamples(figures)];
        _deltas.EndLook();
        Dictionary<string, double> shares = samples.Where(s => s is { Name: SeriesCatalog.Shares, Instance: "" }).ToDictionary(s => s.Label, s => s.Value, StringComparer.Ordinal);
        shares.Remove(SeriesCatalog.Accepted, out double accepted);
        _window.Add(second, accepted, shares, Tips(figures, samples), figures.HashRate);

        await alarms.UpdateAsync(
        [
            .. AlarmRules.Roles(figures, now),
            .. AlarmRules.Upstreams(figures, now),
            .. AlarmRules.Shares(figures, _window.Look(second)),
            .. AlarmRules.Disk(options.DataDirectory),
            .. AlarmRules.Certificate(options.Tls, now),
            .. AlarmRules.SignIns(signIns.Lately),
        ]);
        rates.Publish(Rates(figures, now, accepted / elapsed, shares.Values.Sum() / elapsed, online, blocks));

        Store(second, samples, all, counted);
        _looks++;
    }

    /// <summary>How often the chain grew since the last look: by its height, or at least by the blocks found here.</summary>
    private double Tips(StackFigures figures, List<Sample> samples)
    {
        double grown = figures.Height is { } height && _height is { } before ? Math.Max(0, height - before) : 0;
        _height = figures.Height ?? _height;
        return Math.Max(grown, samples.Single(s => s is { Name: SeriesCatalog.Blocks, Instance: "" }).Value);
    }

    private void Store(long second, List<Sample> samples, IReadOnlyList<WorkerInfo> all, HashSet<string> counted)
    {
        try
        {
            store.Add(second, samples);
            if (_looks % WorkersEvery == 0)
                workers.Observe(second, all, counted);
            if (_looks % ForgetEvery == 0)
                store.Forget(second);
        }
        catch (SqliteException e)
        {
            LogNotStored(log, e.Message);
        }
    }

    private IEnumerable<Sample> StackSamples(StackFigures figures, int online, long blocks)
    {
        yield return new(SeriesCatalog.HashRate, "", "", figures.HashRate);
        yield return new(SeriesCatalog.Connections, "", "", figures.Connections);
        yield return new(SeriesCatalog.Channels, "", "", figures.Channels);
        yield return new(SeriesCatalog.WorkersOnline, "", "", online);
        yield return new(SeriesCatalog.Blocks, "", "", _deltas.Of(SeriesCatalog.Blocks, "", "", blocks));
        yield return new(SeriesCatalog.Shares, "", SeriesCatalog.Accepted, _deltas.Of(SeriesCatalog.Shares, "", SeriesCatalog.Accepted, figures.SharesAccepted));
        foreach ((string code, double count) in Reasons(figures.Rejections, figures.SharesRejected))
            yield return new(SeriesCatalog.Shares, "", code, _deltas.Of(SeriesCatalog.Shares, "", code, count));
        if (figures.TemplateValueSats is { } value)
            yield return new(SeriesCatalog.TemplateValue, "", "", value);
        if (figures.Height is { } height)
            yield return new(SeriesCatalog.Height, "", "", height);
        if (figures.MempoolTransactions is { } waiting)
            yield return new(SeriesCatalog.Mempool, "", "", waiting);
    }

    private IEnumerable<Sample> InstanceSamples(RoleStatus status)
    {
        if (status.Report is not { } report)
            yield break;
        string name = status.Definition.Name;
        if (StackFigures.Of(report, FigureNames.HashRate) is { } hashRate)
            yield return new(SeriesCatalog.HashRate, name, "", hashRate);
        if (StackFigures.Of(report, FigureNames.Connections) is { } connections)
            yield return new(SeriesCatalog.Connections, name, "", connections);
        if (StackFigures.Of(report, FigureNames.Channels) is { } channels)
            yield return new(SeriesCatalog.Channels, name, "", channels);
        if (StackFigures.Of(report, FigureNames.SharesAccepted) is { } accepted)
            yield return new(SeriesCatalog.Shares, name, SeriesCatalog.Accepted, _deltas.Of(SeriesCatalog.Shares, name, SeriesCatalog.Accepted, accepted));
        foreach ((string code, double count) in Reasons(report.Rejections, StackFigures.Of(report, FigureNames.SharesRejected) ?? 0))
            yield return new(SeriesCatalog.Shares, name, code, _deltas.Of(SeriesCatalog.Shares, name, code, count));
    }

    private IEnumerable<Sample> LatencySamples(StackFigures figures)
    {
        foreach ((string instrument, string series) in SeriesCatalog.Histograms)
        {
            if (quantiles.Of(instrument) is not { } found)
                continue;
            yield return new(series, "", "p50", found.Median);
            yield return new(series, "", "p99", found.P99);
        }

        foreach (RoleStatus instance in figures.Instances)
        {
            int index = 0;
            foreach (UpstreamInfo upstream in instance.Report?.Upstreams ?? [])
            {
                index++;
                if (upstream.LatencyMilliseconds is { } latency)
                    yield return new(SeriesCatalog.UpstreamLatency, "", $"{instance.Definition.Name}/{index}", latency / 1000);
            }
        }
    }

    /// <summary>Rejections by reason; where a role does not tell the reasons, all together as <c>rejected</c>.</summary>
    private static IEnumerable<(string Code, double Count)> Reasons(IReadOnlyDictionary<string, long> byCode, double rejected)
    {
        double told = 0;
        foreach ((string code, long count) in byCode)
        {
            told += count;
            yield return (code, count);
        }

        if (rejected > told)
            yield return ("rejected", rejected - told);
    }

    private RatesView Rates(StackFigures figures, DateTimeOffset now, double accepted, double rejected, int online, long blocks) => new()
    {
        Time = now,
        HashRate = figures.HashRate,
        AcceptedPerSecond = accepted,
        RejectedPerSecond = rejected,
        SharesAccepted = figures.SharesAccepted,
        SharesRejected = figures.SharesRejected,
        SharesRejectedByReason = figures.Rejections,
        Connections = figures.Connections,
        Channels = figures.Channels,
        WorkersOnline = online,
        BestDifficulty = figures.BestDifficulty,
        Blocks = blocks,
        Height = figures.Height,
        TemplateValueSats = figures.TemplateValueSats,
        Alarms = alarms.Active.Count,
        Instances =
        [
            .. figures.Instances.Select(i => new InstanceRates(
                i.Definition.Name,
                i.Definition.Kind,
                i.State,
                i.Report?.Health,
                StackFigures.Of(i.Report, FigureNames.HashRate),
                StackFigures.Of(i.Report, FigureNames.SharesAccepted),
                StackFigures.Of(i.Report, FigureNames.SharesRejected),
                StackFigures.Of(i.Report, FigureNames.Connections))),
        ],
    };

    [LoggerMessage(LogLevel.Error, "A look at the stack failed; the next one follows")]
    private static partial void LogFailed(ILogger log, Exception e);

    [LoggerMessage(LogLevel.Warning, "The time series could not be written: {Reason}")]
    private static partial void LogNotStored(ILogger log, string reason);
}
