namespace Sv2.Roles.Ledger;

/// <summary>
/// Whoever appends shares and must hear when they are on disk; for a pool, one miner's connection.
/// One call speaks for a whole group commit, so that a share costs no allocation and no task.
/// </summary>
public interface ILedgerSink
{
    /// <summary>
    /// Every share that this sink appended with a sequence up to and including <paramref name="sequence"/> is durable.
    /// Called on the ledger's own notifier thread, in rising order; it must be short and must not block.
    /// </summary>
    void Committed(long sequence);
}
