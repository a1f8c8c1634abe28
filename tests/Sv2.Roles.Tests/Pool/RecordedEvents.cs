namespace Sv2.Roles.Tests.Pool;

/// <summary>Keeps the events of a role and lets a test wait for one.</summary>
internal sealed class RecordedEvents : IRoleEvents
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<(string Type, string Message, object? Data)> _events = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Publish(string type, RoleEventSeverity severity, string message, object? data = null)
    {
        TaskCompletionSource arrived;
        lock (_gate)
        {
            _events.Add((type, message, data));
            (arrived, _arrived) = (_arrived, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        arrived.TrySetResult();
    }

    /// <summary>Takes the next event of a type that matches; completes when there is one.</summary>
    public async Task<(string Message, object? Data)> ExpectAsync(string type, Func<string, object?, bool>? matches = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                int index = _events.FindIndex(e => e.Type == type && (matches is null || matches(e.Message, e.Data)));
                if (index >= 0)
                {
                    (string Type, string Message, object? Data) found = _events[index];
                    _events.RemoveAt(index);
                    return (found.Message, found.Data);
                }

                arrived = _arrived.Task;
            }

            try
            {
                await arrived.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                lock (_gate) throw new TimeoutException($"no event {type}; there were: {string.Join(" | ", _events.Select(e => $"{e.Type}: {e.Message}"))}");
            }
        }
    }
}
