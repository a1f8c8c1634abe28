using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Sv2.Roles.Orleans.Templates;

/// <summary>
/// A front end's seat: says to the grain that it is there, passes on what comes while it leads, and takes what comes while
/// another does. Cut off from the grain it lets its front end connect by itself, so that a fault of the cluster costs no work.
/// </summary>
internal sealed partial class TemplateSeat : ITemplateSeat, ITemplateListener
{
    /// <summary>Far more than wait in good order; beyond it all that is alive is sent once instead.</summary>
    private const int WaitingMax = 64;

    private readonly string _member;
    private readonly ITemplateSharer _sharer;
    private readonly ITemplateExchangeGrain _grain;
    private readonly IGrainFactory _grains;
    private readonly ClusterOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<(SharedTemplates News, SharedTemplates Whole)> _waiting =
        Channel.CreateBounded<(SharedTemplates, SharedTemplates)>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();

    // Guards what this seat has and is, and orders what the sharer is given.
    private readonly Lock _gate = new();
    private ITemplateListener? _reference;
    private Task _running = Task.CompletedTask;
    private bool _leads;
    private bool _hasMissed;
    private long _term;
    private long _sequence;

    private TemplateSeat(IGrainFactory grains, string group, string member, ITemplateSharer sharer, ClusterOptions options, TimeProvider time, ILogger log)
    {
        _grains = grains;
        _grain = grains.GetGrain<ITemplateExchangeGrain>(group);
        _member = member;
        _sharer = sharer;
        _options = options;
        _time = time;
        _log = log;
    }

    public static TemplateSeat Take(
        IGrainFactory grains, string group, string member, ITemplateSharer sharer, ClusterOptions options, TimeProvider time, ILogger log)
    {
        var seat = new TemplateSeat(grains, group, member, sharer, options, time, log);
        seat._reference = grains.CreateObjectReference<ITemplateListener>(seat);
        seat._running = Task.WhenAll(Task.Run(seat.JoinAsync), Task.Run(seat.PublishAsync));
        return seat;
    }

    public void Publish(SharedTemplates news, SharedTemplates whole)
    {
        if (!_waiting.Writer.TryWrite((news, whole))) Volatile.Write(ref _hasMissed, true);
    }

    public Task OnTemplatesAsync(long term, long sequence, SharedTemplates news)
    {
        lock (_gate)
        {
            if (_leads || term < _term || (term == _term && sequence <= _sequence)) return Task.CompletedTask;
            bool isNext = news.IsWhole || (term == _term && sequence == _sequence + 1);
            if (isNext && _sharer.Take(news)) (_term, _sequence) = (term, sequence);
            else Wake();
        }

        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        try
        {
            await _grain.LeaveAsync(_member).WaitAsync(_options.CallTimeout, _time).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The grain forgets who is silent.
            LogCutOff(_log, _member, e.Message);
        }

        _grains.DeleteObjectReference<ITemplateListener>(_reference!);
    }

    private async Task JoinAsync()
    {
        long heardAt = _time.GetTimestamp();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Follow(await _grain.JoinAsync(Present(), _reference!).WaitAsync(_options.CallTimeout, _time, _stop.Token).ConfigureAwait(false));
                heardAt = _time.GetTimestamp();
            }
            catch (Exception e) when (!_stop.IsCancellationRequested)
            {
                LogCutOff(_log, _member, e.Message);
                if (_time.GetElapsedTime(heardAt) >= _options.ExchangePatience) _sharer.Connect(true);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await PauseAsync().ConfigureAwait(false);
        }
    }

    private ExchangeMember Present()
    {
        bool isServed = _sharer.IsServed;
        lock (_gate) return new ExchangeMember(_member, _term, _sequence, _leads, isServed);
    }

    private void Follow(ExchangeAnswer answer)
    {
        if (answer.Leader is null) return;
        if (answer.Leader == _member)
        {
            lock (_gate) (_leads, _term) = (true, answer.Term);
            _sharer.Connect(true);
            bool isBehind = Interlocked.Exchange(ref _hasMissed, false) || !answer.HasTemplates;
            if (isBehind && _sharer.Whole() is { } whole) Publish(whole, whole);
            return;
        }

        lock (_gate) _leads = false;
        // Until the leader has something to give, what one has oneself is better.
        if (answer.HasTemplates) _sharer.Connect(false);
        lock (_gate)
        {
            if (answer.Whole is not { } all || answer.Term < _term || (answer.Term == _term && answer.Sequence <= _sequence)) return;
            if (_sharer.Take(all)) (_term, _sequence) = (answer.Term, answer.Sequence);
        }
    }

    private async Task PublishAsync()
    {
        try
        {
            await foreach ((SharedTemplates news, SharedTemplates whole) in _waiting.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                (bool leads, long term) = Leading();
                if (leads && !await SendAsync(term, news, whole).ConfigureAwait(false)) Volatile.Write(ref _hasMissed, true);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The normal end.
        }
    }

    private async Task<bool> SendAsync(long term, SharedTemplates news, SharedTemplates whole)
    {
        try
        {
            return await _grain.PublishAsync(_member, term, news, whole).WaitAsync(_options.CallTimeout, _time, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            LogCutOff(_log, _member, e.Message);
            return false;
        }
    }

    private (bool Leads, long Term) Leading()
    {
        lock (_gate) return (_leads, _term);
    }

    private void Wake()
    {
        if (_wake.CurrentCount == 0) _wake.Release();
    }

    /// <summary>Waits for the next time to join, or for a gap that needs it at once.</summary>
    private async Task PauseAsync()
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        Task woken = _wake.WaitAsync(pause.Token);
        await Task.WhenAny(woken, Task.Delay(_options.ReconcileInterval, _time, pause.Token)).ConfigureAwait(false);
        await pause.CancelAsync().ConfigureAwait(false);
        await woken.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(LogLevel.Debug, "{Member}: the exchange of templates cannot be reached: {Reason}")]
    private static partial void LogCutOff(ILogger log, string member, string reason);
}
