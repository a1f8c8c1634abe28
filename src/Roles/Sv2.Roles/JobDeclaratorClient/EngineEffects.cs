using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// Does outside the engine's lock what the engine wants done: one loop that takes up whatever has been asked for since it
/// last looked, so that nothing piles up.
/// </summary>
internal sealed partial class EngineEffects(IRoleEvents events, ILogger logger) : IEngineOutput
{
    // A new template seldom comes before the transactions of the last one; retries and trials ask for the same ones again.
    private const int FetchesKept = 4;

    private readonly Lock _gate = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly List<(ProvidedTemplate Template, Task<DeclaredTransactions> Fetch)> _fetches = [];
    private List<MinedJob> _toFetch = [];
    private List<ShareAnswer> _answers = [];
    private List<ShareAnswer> _given = [];
    private CoinbaseOutputConstraints? _room;
    private bool _refresh;

    /// <summary>Sends the miners what they lack.</summary>
    public required Action RefreshMiners { get; init; }

    /// <summary>Tells miners what became of their shares. The list is good for the call only.</summary>
    public required Action<List<ShareAnswer>> AnswerMiners { get; init; }

    /// <summary>Connects to the template provider, or tells it of another room.</summary>
    public required Action<CoinbaseOutputConstraints> ApplyRoom { get; init; }

    /// <summary>Asks the template provider.</summary>
    public required Func<ProvidedTemplate, CancellationToken, Task<TransactionData>> Request { get; init; }

    /// <summary>The engine; set before the loop runs.</summary>
    public ClientEngine? Engine { get; set; }

    /// <summary>The upstreams; set before the loop runs.</summary>
    public IReadOnlyList<UpstreamPair> Pairs { get; set; } = [];

    /// <inheritdoc/>
    public void Refresh()
    {
        lock (_gate)
            _refresh = true;
        _wake.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    public void SetRoom(CoinbaseOutputConstraints room)
    {
        lock (_gate)
            _room = room;
        _wake.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    public void Fetch(MinedJob job)
    {
        lock (_gate)
            _toFetch.Add(job);
        _wake.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    public void Answer(in ShareAnswer answer)
    {
        lock (_gate)
            _answers.Add(answer);
        _wake.Writer.TryWrite(true);
    }

    /// <inheritdoc/>
    public void WakeUpstreams()
    {
        foreach (UpstreamPair pair in Pairs)
            pair.Wake();
    }

    /// <inheritdoc/>
    public void Publish(string type, RoleEventSeverity severity, string message, object? data = null) => events.Publish(type, severity, message, data);

    /// <summary>Works until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        try
        {
            while (await _wake.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
            {
                _wake.Reader.TryRead(out _);
                Work(cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The normal end.
        }
    }

    private void Work(CancellationToken cancellation)
    {
        (bool refresh, CoinbaseOutputConstraints? room, IReadOnlyList<MinedJob> jobs) = Take();
        try
        {
            // Miners first: they are the ones that lose time.
            if (refresh)
                RefreshMiners();
            AnswerMiners(TakeAnswers());
            if (room is { } needed)
                ApplyRoom(needed);
        }
        catch (Exception e)
        {
            // A fault of ours in one of these must not end the others.
            LogFailed(e);
        }
        for (int i = 0; i < jobs.Count; i++)
            _ = FetchAsync(jobs[i], cancellation);
    }

    private (bool Refresh, CoinbaseOutputConstraints? Room, IReadOnlyList<MinedJob> Jobs) Take()
    {
        lock (_gate)
        {
            // Most wakings are for a share's answer, and have nothing to fetch.
            IReadOnlyList<MinedJob> jobs = _toFetch.Count == 0 ? [] : _toFetch;
            (bool, CoinbaseOutputConstraints?, IReadOnlyList<MinedJob>) taken = (_refresh, _room, jobs);
            if (_toFetch.Count > 0)
                _toFetch = [];
            (_refresh, _room) = (false, null);
            return taken;
        }
    }

    /// <summary>Two lists take turns, so that no share costs an allocation.</summary>
    private List<ShareAnswer> TakeAnswers()
    {
        lock (_gate)
        {
            _given.Clear();
            (_answers, _given) = (_given, _answers);
            return _given;
        }
    }

    private async Task FetchAsync(MinedJob job, CancellationToken cancellation)
    {
        try
        {
            Engine!.OnTransactions(job, await FetchOnce(job.Template, cancellation).ConfigureAwait(false));
        }
        catch (TransactionDataException e)
        {
            Engine!.OnTransactionsFailed(job, e.Message);
        }
        catch (OperationCanceledException)
        {
            Engine!.OnTransactionsFailed(job, "the client is stopping");
        }
        catch (Exception e)
        {
            LogFailed(e);
            Engine!.OnTransactionsFailed(job, e.Message);
        }
    }

    private Task<DeclaredTransactions> FetchOnce(ProvidedTemplate template, CancellationToken cancellation)
    {
        lock (_gate)
        {
            int known = _fetches.FindIndex(fetch => ReferenceEquals(fetch.Template, template));
            if (known >= 0 && !_fetches[known].Fetch.IsFaulted)
                return _fetches[known].Fetch;
            if (known >= 0)
                _fetches.RemoveAt(known);
            while (_fetches.Count >= FetchesKept)
                _fetches.RemoveAt(0);
            Task<DeclaredTransactions> fetch = Task.Run(
                async () => DeclaredTransactions.Of(await Request(template, cancellation).ConfigureAwait(false)), cancellation);
            _fetches.Add((template, fetch));
            return fetch;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Something asked for by the job declarator client's engine failed")]
    private partial void LogFailed(Exception e);
}
