using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>A transaction with what a declaration's checks need of it, computed once. Immutable.</summary>
internal sealed class KnownTransaction
{
    private KnownTransaction(byte[] data, Transaction transaction)
    {
        Data = data;
        Txid = transaction.Txid;
        Wtxid = transaction.Wtxid;
        Weight = transaction.Weight;
        LegacySigops = transaction.LegacySigops;
        HasWitness = transaction.HasWitness;
    }

    /// <summary>The transaction as the network carries it.</summary>
    public byte[] Data { get; }

    public U256 Txid { get; }

    public U256 Wtxid { get; }

    public int Weight { get; }

    /// <summary>Signature operations of its own scripts: what can be counted without the outputs that it spends.</summary>
    public int LegacySigops { get; }

    public bool HasWitness { get; }

    /// <summary>Reads a transaction; the ids are computed, never believed.</summary>
    public static bool TryRead(byte[] data, [NotNullWhen(true)] out KnownTransaction? known, [NotNullWhen(false)] out string? error)
    {
        known = null;
        if (!Transaction.TryParse(data, out Transaction? transaction, out error))
            return false;
        if (transaction.IsCoinbase)
        {
            error = "it is a coinbase";
            return false;
        }
        known = new KnownTransaction(data, transaction);
        return true;
    }
}
