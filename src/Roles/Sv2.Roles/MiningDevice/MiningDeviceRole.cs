using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sv2.Mining.Client;

namespace Sv2.Roles.MiningDevice;

/// <summary>
/// A miner in software: hashing threads, a connection to the first pool that will have it, and a queue of found shares in
/// between, so that neither waits for the other.
/// </summary>
public sealed class MiningDeviceRole : IRole, IChannelSource
{
    private const int SharesQueuedMax = 4096;
    private static readonly TimeSpan MeterInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestateInterval = TimeSpan.FromMinutes(1);

    private readonly MiningDeviceOptions _options;
    private readonly DeviceServices _services;
    private readonly TimeProvider _time;
    private readonly Channel<FoundShare> _found;
    private readonly Hasher _hasher;
    private readonly HashRateMeter _meter;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PoolLadder? _ladder;
    private Task _submitting = Task.CompletedTask;
    private Task _running = Task.CompletedTask;
    private ITimer? _timer;
    private long _lastProgress;
    private long _lastRestate;
    private int _isDisposed;

    /// <summary>Makes a device that has not started.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="context">What the host gives.</param>
    public MiningDeviceRole(MiningDeviceOptions options, RoleContext context)
    {
        _options = options;
        _time = context.TimeProvider;
        _services = new DeviceServices(_time, context.LoggerFactory, context.Events, new DeviceCounters());
        _found = Channel.CreateBounded<FoundShare>(new BoundedChannelOptions(SharesQueuedMax) { SingleReader = true });
        _hasher = new Hasher(options, _found.Writer, _time);
        _meter = new HashRateMeter(_time);
    }

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        DevicePool[] pools = [.. _options.Pools.Select(DevicePool.Parse)];
        _ladder = new PoolLadder(pools, _options, _services, StatedHashRate, _hasher.SetWork);
        _lastProgress = _lastRestate = _time.GetTimestamp();
        _meter.Add(0);
        _hasher.Start();
        _submitting = RunAsync(SubmitAsync);
        _running = RunAsync(() => _ladder.RunAsync(_stopping.Token));
        _timer = _time.CreateTimer(static state => ((MiningDeviceRole)state!).Tick(), this, MeterInterval, MeterInterval);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // No new shares, then the goodbye: what was found before is still submitted.
        await EndAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _completion.TrySetResult();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
        _hasher.Dispose();
        _stopping.Dispose();
    }

    /// <inheritdoc/>
    public RoleReport Report()
    {
        DeviceCounters counters = _services.Counters;
        (RoleHealth health, string message) = Describe();
        return new RoleReport
        {
            Health = health,
            Message = message,
            Upstreams = _ladder?.Upstreams ?? [],
            Figures =
            [
                new Figure(FigureNames.HashRate, _meter.HashesPerSecond, "H/s"),
                new Figure(FigureNames.SharesAccepted, counters.Accepted, "shares"),
                new Figure(FigureNames.SharesRejected, counters.Rejected, "shares"),
                .. counters.RejectedByReason.Select(reason => new Figure($"{FigureNames.SharesRejected}:{reason.Key}", reason.Value, "shares")),
                new Figure(FigureNames.BlocksFound, counters.Blocks, "blocks"),
                new Figure(FigureNames.BestDifficulty, counters.BestDifficulty, ""),
                new Figure("threads", _hasher.Threads, "threads"),
                new Figure("sharesLost", _hasher.LostShares, "shares"),
            ],
        };
    }

    /// <inheritdoc/>
    public ValueTask<Page<ChannelInfo>> ListChannelsAsync(ListQuery query, CancellationToken cancellationToken)
    {
        ChannelInfo? channel = _ladder?.Current?.Describe(_meter.HashesPerSecond);
        ChannelInfo[] channels = channel is null ? [] : [channel];
        return ValueTask.FromResult(Page.Of(channels, query, static info => info.UserIdentity));
    }

    private async Task EndAsync()
    {
        await _hasher.StopAsync().ConfigureAwait(false);
        _found.Writer.TryComplete();
        await _submitting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _services.Logger.LogError(e, "The device has ended by its own fault");
            _completion.TrySetException(e);
        }
    }

    private async Task SubmitAsync()
    {
        await foreach (FoundShare share in _found.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            _services.Counters.CountFound(share);
            // Its own session takes it or, being over, does not: a share is worth nothing on another pool.
            (share.Work.Channel.Tag as IPoolSession)?.TrySubmit(share);
        }
    }

    private double StatedHashRate()
    {
        double measured = _meter.HashesPerSecond;
        return measured > 0 ? measured : _hasher.Estimate();
    }

    private void Tick()
    {
        _meter.Add(_hasher.Hashes);
        if (_time.GetElapsedTime(_lastProgress) >= _options.ProgressInterval)
        {
            _lastProgress = _time.GetTimestamp();
            LogProgress();
        }
        if (_time.GetElapsedTime(_lastRestate) >= RestateInterval)
        {
            _lastRestate = _time.GetTimestamp();
            _ladder?.Current?.Restate(_meter.HashesPerSecond);
        }
    }

    private void LogProgress()
    {
        DeviceCounters counters = _services.Counters;
        _services.Logger.LogInformation(
            "{HashRate}, {Accepted} shares accepted, {Rejected} rejected, {Blocks} blocks, best difficulty {Best}",
            HashRateText(_meter.HashesPerSecond), counters.Accepted, counters.Rejected, counters.Blocks,
            counters.BestDifficulty.ToString("G4", CultureInfo.InvariantCulture));
    }

    private (RoleHealth Health, string Message) Describe()
    {
        if (_ladder is not { } ladder)
            return (RoleHealth.Unhealthy, "Not started.");
        if (ladder.Current is not { } session)
        {
            UpstreamInfo first = ladder.Upstreams[0];
            return (RoleHealth.Unhealthy, $"Waiting for a pool. {first.Address}: {first.Reason ?? "connecting"}.");
        }
        string pool = $"{session.Pool.Host}:{session.Pool.Port}";
        if (!session.HasWork)
            return (RoleHealth.Degraded, $"Connected to {pool}, which has given no work yet.");
        string rate = HashRateText(_meter.HashesPerSecond);
        return ladder.CurrentIndex == 0
            ? (RoleHealth.Healthy, $"Mining {rate} on {pool}.")
            : (RoleHealth.Degraded, $"Mining {rate} on fallback pool {pool}, because {ladder.Upstreams[0].Address}: {ladder.Upstreams[0].Reason ?? "is being tried"}.");
    }

    private static string HashRateText(double hashesPerSecond)
    {
        ReadOnlySpan<string> units = ["H/s", "kH/s", "MH/s", "GH/s", "TH/s"];
        int unit = 0;
        for (; hashesPerSecond >= 1000 && unit < units.Length - 1; unit++)
            hashesPerSecond /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{hashesPerSecond:0.##} {units[unit]}");
    }
}
