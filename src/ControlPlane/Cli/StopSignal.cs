using System.Runtime.InteropServices;

namespace Sv2.ControlPlane.Cli;

/// <summary>Ctrl-C, SIGTERM and a closed terminal: the first asks for an orderly stop, a second ends the process at once.</summary>
internal sealed class StopSignal : IDisposable
{
    private const int Interrupted = 130;

    private readonly CancellationTokenSource _asked;
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignal(CancellationToken outer)
    {
        _asked = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
        ];
    }

    /// <summary>Fires when a stop is asked for.</summary>
    public CancellationToken Token => _asked.Token;

    /// <summary>Completes when a stop is asked for.</summary>
    public async Task WaitAsync()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = Token.Register(() => asked.TrySetResult());
        await asked.Task;
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _asked.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_asked.IsCancellationRequested)
            Environment.Exit(Interrupted);
        context.Cancel = true;
        _asked.Cancel();
    }
}
