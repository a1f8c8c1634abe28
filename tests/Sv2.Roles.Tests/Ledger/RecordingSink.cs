using Sv2.Roles.Ledger;

namespace Sv2.Roles.Tests.Ledger;

/// <summary>Remembers what the ledger told it, and lets a test wait for a sequence.</summary>
public sealed class RecordingSink : ILedgerSink
{
    private readonly object _gate = new();
    private readonly List<(long Sequence, TaskCompletionSource Done)> _waits = [];

    public long Last { get; private set; }

    public int Calls { get; private set; }

    public void Committed(long sequence)
    {
        lock (_gate)
        {
            Assert.True(sequence >= Last, $"told {sequence} after {Last}");
            Last = sequence;
            Calls++;
            foreach ((long wanted, TaskCompletionSource done) in _waits)
            {
                if (wanted <= sequence) done.TrySetResult();
            }
        }
    }

    public Task WaitFor(long sequence)
    {
        lock (_gate)
        {
            if (Last >= sequence) return Task.CompletedTask;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((sequence, done));
            return done.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }
}
