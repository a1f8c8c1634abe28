namespace Sv2.Roles.TemplateDistribution;

/// <summary>Says when a client is to have connections of its own. Closed at first. Thread-safe.</summary>
internal sealed class ConnectionGate
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<CancellationToken> _opening = NewOpening();
    private CancellationTokenSource? _whileOpen;

    public void Set(bool isOpen)
    {
        CancellationTokenSource? closed = null;
        lock (_lock)
        {
            if (isOpen == _whileOpen is not null)
                return;
            if (isOpen)
            {
                _whileOpen = new CancellationTokenSource();
                _opening.SetResult(_whileOpen.Token);
            }
            else
            {
                (closed, _whileOpen) = (_whileOpen, null);
                _opening = NewOpening();
            }
        }

        closed?.Cancel();
    }

    /// <summary>Waits until it is open. Gives what is cancelled when it closes.</summary>
    public Task<CancellationToken> WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return _opening.Task.WaitAsync(cancellationToken);
    }

    private static TaskCompletionSource<CancellationToken> NewOpening() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
