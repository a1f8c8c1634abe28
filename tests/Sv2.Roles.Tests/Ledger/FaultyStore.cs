using Sv2.Roles.Ledger;

namespace Sv2.Roles.Tests.Ledger;

/// <summary>A store that fails when a test says so: before the commit, or after it, when nobody knows what became of it.</summary>
public sealed class FaultyStore(ILedgerStore inner) : ILedgerStore
{
    private readonly SemaphoreSlim _failed = new(0);

    public volatile bool FailsBefore;

    public volatile bool FailsAfter;

    public volatile bool FailsToOpen;

    public void Open()
    {
        if (FailsToOpen) throw Fault("the disk is gone");
        inner.Open();
    }

    public void Commit(LedgerGroup group)
    {
        if (FailsBefore) throw Fault("the disk is full");
        inner.Commit(group);
        if (FailsAfter) throw Fault("the answer was lost");
    }

    /// <summary>
    /// Completes when the store has failed twice more: the second attempt is only made once the ledger has taken note of
    /// the first one's fault.
    /// </summary>
    public async Task Failed()
    {
        Assert.True(await _failed.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.True(await _failed.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    public void Close() => inner.Close();

    public void Dispose()
    {
        inner.Dispose();
        _failed.Dispose();
    }

    private LedgerException Fault(string message)
    {
        _failed.Release();
        return new LedgerException(LedgerFailure.Full, message);
    }
}
