using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

// What the chain's JSON-RPC face asks beyond what a template provider needs.
public sealed partial class EmbeddedNode
{
    /// <summary>Completes when the best block changes next.</summary>
    internal Task TipChanged => Volatile.Read(ref _tipChanged).Task;

    /// <summary>Judges a block that is still to be mined on the tip (BIP 23).</summary>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    internal BlockVerdict? Propose(ReadOnlySpan<byte> data)
    {
        lock (_gate)
            return _chain is null || _isDisposed ? BlockVerdict.Rejected("not-open", "the embedded chain is not open") : _chain.Propose(data);
    }

    /// <summary>A transaction that waits for a block; null when none has this txid.</summary>
    internal Transaction? FindTransaction(U256 txid)
    {
        lock (_gate)
            return _mempool?.Find(txid);
    }

    /// <summary>Hash of the block of the best chain at a height; null when there is none.</summary>
    internal U256? BlockHash(int height)
    {
        lock (_gate)
        {
            if (_chain is null || height < 0 || height > _chain.Tip.Height)
                return null;
            BlockIndexEntry entry = _chain.Tip;
            while (entry.Height > height)
                entry = entry.Parent!;
            return entry.Hash;
        }
    }
}
