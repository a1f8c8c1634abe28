namespace Sv2.Roles.Ledger;

/// <summary>
/// Where groups are made durable. Used by the ledger's one writer thread only. Every fault comes out as a
/// <see cref="LedgerException"/>; the ledger then closes the store, waits, opens it and commits the same group again.
/// </summary>
public interface ILedgerStore : IDisposable
{
    /// <summary>Opens the store, creating or migrating it where needed.</summary>
    void Open();

    /// <summary>
    /// Writes the whole group or nothing, and returns once it would survive a power cut. A group whose last sequence
    /// the store already holds for that source adds no shares.
    /// </summary>
    void Commit(LedgerGroup group);

    /// <summary>Lets go of the store after a fault. Never throws.</summary>
    void Close();
}
