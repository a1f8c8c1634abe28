namespace Sv2.Roles.Ledger;

/// <summary>How the ledger stands.</summary>
/// <param name="IsWriting">False while the last commit failed and is being tried again.</param>
/// <param name="IsRefusing">True while the bounded queue is full, so that new shares are refused.</param>
/// <param name="Message">Plain words: why, and what will happen next.</param>
/// <param name="QueuedShares">Shares accepted but not yet on disk; none of them has been acknowledged.</param>
/// <param name="CommittedShares">Shares put on disk since this ledger was opened.</param>
/// <param name="RefusedShares">Shares refused since this ledger was opened, because the queue was full.</param>
public readonly record struct LedgerHealth(
    bool IsWriting, bool IsRefusing, string Message, int QueuedShares, long CommittedShares, long RefusedShares);
