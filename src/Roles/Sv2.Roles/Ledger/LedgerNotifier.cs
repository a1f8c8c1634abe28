using Microsoft.Extensions.Logging;

namespace Sv2.Roles.Ledger;

/// <summary>
/// Tells the sinks what is durable, on a thread of its own, so that the next commit does not wait for encoding and
/// sending. Commits that finish while it is busy are told together.
/// </summary>
internal sealed partial class LedgerNotifier
{
    private readonly object _gate = new();
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The writer fills the first; a commit moves them to the second; the thread swaps the second with the third.
    private readonly HashSet<ILedgerSink> _expected = [];
    private HashSet<ILedgerSink> _waiting = [];
    private HashSet<ILedgerSink> _telling = [];
    private long _durable;
    private bool _stopping;

    public LedgerNotifier(ILogger logger)
    {
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "ledger-notifier" };
        _thread.Start();
    }

    /// <summary>The group being written holds a share of this sink. Writer thread only.</summary>
    public void Expect(ILedgerSink sink) => _expected.Add(sink);

    /// <summary>The group is durable. Writer thread only.</summary>
    public void Notify(long durable)
    {
        if (_expected.Count == 0) return;
        lock (_gate)
        {
            foreach (ILedgerSink sink in _expected) _waiting.Add(sink);
            _durable = durable;
            Monitor.Pulse(_gate);
        }

        _expected.Clear();
    }

    /// <summary>Tells what is still to be told, then ends the thread.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        return _ended.Task;
    }

    private void Run()
    {
        while (true)
        {
            long durable;
            lock (_gate)
            {
                while (_waiting.Count == 0)
                {
                    if (_stopping)
                    {
                        _ended.TrySetResult();
                        return;
                    }

                    Monitor.Wait(_gate);
                }

                (_waiting, _telling) = (_telling, _waiting);
                durable = _durable;
            }

            foreach (ILedgerSink sink in _telling) Tell(sink, durable);
            _telling.Clear();
        }
    }

    private void Tell(ILedgerSink sink, long durable)
    {
        try
        {
            sink.Committed(durable);
        }
        catch (Exception e)
        {
            // One connection's fault must not keep the others waiting for their acknowledgements.
            LogSinkFailed(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "a sink failed while it was told of a commit")]
    private partial void LogSinkFailed(Exception e);
}
