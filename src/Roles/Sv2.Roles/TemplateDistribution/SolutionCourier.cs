using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Transport;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>
/// Brings solutions to the provider whose templates they solve: at once over its connection, else over one of its own, again
/// and again until it can be reached. On disk from the first moment until they are settled. Thread-safe.
/// </summary>
internal sealed partial class SolutionCourier
{
    /// <summary>Most solutions that wait, far more than can be found in their lifetime; beyond it the oldest are given up.</summary>
    public const int SolutionsMax = 1000;

    private readonly TemplateClientOptions _options;
    private readonly ProviderDialer _dialer;
    private readonly Func<CoinbaseOutputConstraints> _constraints;
    private readonly ITemplateObserver _observer;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly SolutionJournal _journal;
    private readonly Lock _deliveryLock;
    private readonly Lock _gate = new();
    private readonly Dictionary<U256, Parcel> _parcels = [];
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Backoff _backoff;

    public SolutionCourier(
        TemplateClientOptions options, ProviderDialer dialer, Func<CoinbaseOutputConstraints> constraints, ITemplateObserver observer, Lock deliveryLock,
        ILogger logger, TimeProvider timeProvider)
    {
        _options = options;
        _dialer = dialer;
        _constraints = constraints;
        _observer = observer;
        _deliveryLock = deliveryLock;
        _logger = logger;
        _timeProvider = timeProvider;
        _journal = new SolutionJournal(options.SolutionsDirectory);
        _backoff = new Backoff(options.BackoffMin, options.BackoffMax, timeProvider);
    }

    /// <summary>Completes when the courier has stopped.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start(CancellationToken cancellationToken)
    {
        foreach (JournalledSolution solution in _journal.ReadAll((path, e) => LogUnreadable(_logger, e, path)))
        {
            LogTakenUp(_logger, solution.BlockHash.ToDisplayString(), solution.FoundAt);
            _parcels[solution.BlockHash] = new Parcel(solution, null);
        }
        Completion = RunAsync(cancellationToken);
    }

    /// <summary>Sends a solution over the session in use, if it is the right provider's; otherwise a connection is made for it.</summary>
    public SolutionDelivery Submit(TemplateSolution solution, ProviderSession? session)
    {
        JournalledSolution journalled = new(solution.Template.Provider, Message(solution), solution.BlockHash, _timeProvider.GetUtcNow());
        Parcel parcel = new(journalled, solution);
        lock (_gate)
        {
            _parcels[solution.BlockHash] = parcel;
        }
        // First the network, then the disk: every millisecond counts, and a crash in between finds it sent.
        bool sent = session is not null && Send(parcel, session);
        try
        {
            _journal.Write(journalled);
            // The answer may have been faster than the disk; then nobody else comes to remove the file.
            if (IsSettled(parcel))
                _journal.Remove(journalled.BlockHash);
        }
        finally
        {
            _wake.Writer.TryWrite(true);
        }
        return sent ? SolutionDelivery.Sent : SolutionDelivery.Waiting;
    }

    /// <summary>A provider has been connected: whatever waits for it goes there now, also what may have been lost on the way.</summary>
    public void OnConnected(ProviderSession session)
    {
        foreach (Parcel parcel in Waiting().Where(parcel => parcel.Solution.Provider == session.Provider))
            Send(parcel, session);
    }

    /// <summary>
    /// A provider has told of a tip: what it was sent before is decided. Not so by the first tip of a connection, which the
    /// provider had before anything was sent on it, unless that tip is the very block.
    /// </summary>
    public void OnTip(ProviderSession session, U256 prevHash)
    {
        bool isFirst = !session.Ready.IsCompleted;
        List<Parcel> decided;
        lock (_gate)
            decided = [.. _parcels.Values.Where(parcel => (parcel.SentOn == session.Epoch && !isFirst) || (parcel.SentOn is not null && parcel.Solution.BlockHash == prevHash))];
        foreach (Parcel parcel in decided)
            Settle(parcel, parcel.Solution.BlockHash == prevHash ? SolutionOutcome.BecameTip : SolutionOutcome.Superseded);
    }

    private static SubmitSolution Message(TemplateSolution solution) => new()
    {
        TemplateId = solution.Template.TemplateId,
        Version = solution.Version,
        HeaderTimestamp = solution.HeaderTimestamp,
        HeaderNonce = solution.HeaderNonce,
        CoinbaseTx = solution.CoinbaseTx,
    };

    private bool Send(Parcel parcel, ProviderSession session)
    {
        if (session.Provider != parcel.Solution.Provider)
            return false;
        lock (_gate)
        {
            parcel.SentOn = session.Epoch;
            parcel.SentAt = _timeProvider.GetUtcNow();
        }
        if (session.Connection.TrySend(parcel.Solution.Message))
            return true;
        lock (_gate)
            parcel.SentOn = null;
        return false;
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                SettleAged();
                bool failed = !await DeliverAsync(cancellationToken).ConfigureAwait(false);
                await WaitAsync(failed ? _backoff.Next() : NextCheck(), cancellationToken).ConfigureAwait(false);
                if (!failed)
                    _backoff.Reset();
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop; what waits is on disk.
        }
    }

    /// <summary>Waits until something new waits, or for the given time; for ever where it is null.</summary>
    private async Task WaitAsync(TimeSpan? time, CancellationToken cancellationToken)
    {
        Task<bool> woken = _wake.Reader.WaitToReadAsync(cancellationToken).AsTask();
        try
        {
            await woken.WaitAsync(time ?? Timeout.InfiniteTimeSpan, _timeProvider, cancellationToken).ConfigureAwait(false);
            _wake.Reader.TryRead(out _);
        }
        catch (TimeoutException)
        {
            // Time to look again.
        }
    }

    /// <summary>Connects to each provider that something waits for. False when one could not be reached.</summary>
    private async Task<bool> DeliverAsync(CancellationToken cancellationToken)
    {
        bool all = true;
        foreach (IGrouping<ConnectionString, Parcel> group in Waiting().GroupBy(parcel => parcel.Solution.Provider).ToArray())
        {
            try
            {
                ProviderSession session = await _dialer.SetUpAsync(group.Key, _constraints(), cancellationToken).ConfigureAwait(false);
                List<Parcel> sent = [.. group.Where(parcel => Send(parcel, session))];
                // Hanging up sends what is queued first; a failure on the way shows in the reason.
                await _dialer.HangUpAsync(session).ConfigureAwait(false);
                if (session.Connection.Reason?.Party is not (CloseParty.None or null))
                    throw ProviderFailure.Of(session.Connection);
                foreach (Parcel parcel in sent)
                    Settle(parcel, SolutionOutcome.Delivered);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                all = false;
                lock (_gate)
                {
                    foreach (Parcel parcel in group)
                        parcel.SentOn = null;
                }
                LogUndelivered(_logger, group.Count(), group.Key.Host, group.Key.Port, failure.Message);
            }
        }
        return all;
    }

    private List<Parcel> Waiting()
    {
        lock (_gate)
            return [.. _parcels.Values.Where(parcel => parcel.SentOn is null)];
    }

    private void SettleAged()
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        List<Parcel> arrived;
        List<Parcel> old;
        lock (_gate)
        {
            arrived = [.. _parcels.Values.Where(parcel => parcel.SentOn is not null && now - parcel.SentAt >= _options.SolutionSettleTime)];
            old = [.. _parcels.Values.Where(parcel => parcel.SentOn is null && now - parcel.Solution.FoundAt >= _options.SolutionLifetime)];
            old.AddRange(_parcels.Values.OrderByDescending(parcel => parcel.Solution.FoundAt).Skip(SolutionsMax).Except(old).Except(arrived));
        }
        arrived.ForEach(parcel => Settle(parcel, SolutionOutcome.Delivered));
        old.ForEach(parcel => Settle(parcel, SolutionOutcome.GivenUp));
    }

    /// <summary>How long until <see cref="SettleAged"/> may find something; null when nothing waits.</summary>
    private TimeSpan? NextCheck()
    {
        lock (_gate)
            return _parcels.Count == 0 ? null : _options.SolutionSettleTime;
    }

    private bool IsSettled(Parcel parcel)
    {
        lock (_gate)
            return !_parcels.TryGetValue(parcel.Solution.BlockHash, out Parcel? waiting) || waiting != parcel;
    }

    private void Settle(Parcel parcel, SolutionOutcome outcome)
    {
        lock (_gate)
        {
            // Compared, because a solution can be submitted twice.
            if (!_parcels.TryGetValue(parcel.Solution.BlockHash, out Parcel? waiting) || waiting != parcel)
                return;
            _parcels.Remove(parcel.Solution.BlockHash);
        }
        LogSettled(_logger, parcel.Solution.BlockHash.ToDisplayString(), outcome);
        try
        {
            _journal.Remove(parcel.Solution.BlockHash);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is sent once more after a restart, which does no harm.
            LogNotRemoved(_logger, e, parcel.Solution.BlockHash.ToDisplayString());
        }
        if (parcel.Original is not { } solution)
            return;
        lock (_deliveryLock)
            _observer.OnSolutionSettled(solution, outcome);
    }

    /// <summary>A solution on its way.</summary>
    private sealed class Parcel(JournalledSolution solution, TemplateSolution? original)
    {
        public JournalledSolution Solution { get; } = solution;

        /// <summary>What the owner gave; null for one taken up from disk.</summary>
        public TemplateSolution? Original { get; } = original;

        /// <summary>Epoch of the connection it was sent on; null while it waits.</summary>
        public long? SentOn { get; set; }

        public DateTimeOffset SentAt { get; set; }
    }

    [LoggerMessage(LogLevel.Information, "Solution {Hash}, found {FoundAt:u}, taken up from disk")]
    private static partial void LogTakenUp(ILogger logger, string hash, DateTimeOffset foundAt);

    [LoggerMessage(LogLevel.Warning, "{Count} solutions could not be brought to {Host}:{Port} yet: {Reason}")]
    private static partial void LogUndelivered(ILogger logger, int count, string host, int port, string reason);

    [LoggerMessage(LogLevel.Information, "Solution {Hash}: {Outcome}")]
    private static partial void LogSettled(ILogger logger, string hash, SolutionOutcome outcome);

    [LoggerMessage(LogLevel.Error, "The solution file {Path} cannot be read; it is left where it is")]
    private static partial void LogUnreadable(ILogger logger, Exception exception, string path);

    [LoggerMessage(LogLevel.Warning, "The file of solution {Hash} cannot be removed")]
    private static partial void LogNotRemoved(ILogger logger, Exception exception, string hash);
}
