using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// The transactions of a template with their wtxids. They are never read, only hashed: their form is the provider's and
/// the server's affair (7.5).
/// </summary>
internal sealed class DeclaredTransactions
{
    private DeclaredTransactions(TransactionData data, Seq<U256> wtxids)
    {
        Data = data;
        Wtxids = wtxids;
    }

    /// <summary>The transactions as the provider gave them, and the excess data.</summary>
    public TransactionData Data { get; }

    /// <summary><c>wtxid_list</c>: in block order, without the coinbase.</summary>
    public Seq<U256> Wtxids { get; }

    /// <summary>Hashes all of them. Takes milliseconds for a full block, so hold no lock.</summary>
    public static DeclaredTransactions Of(TransactionData data)
    {
        U256[] wtxids = new U256[data.Transactions.Count];
        for (int i = 0; i < wtxids.Length; i++)
            wtxids[i] = Sha256d.Hash(data.Transactions[i].Span);
        return new DeclaredTransactions(data, wtxids);
    }
}
