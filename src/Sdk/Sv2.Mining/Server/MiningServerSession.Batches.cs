using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

// Several shares at once: most of an extended share's cost is its merkle path, and that is folded side by side.
public sealed partial class MiningServerSession
{
    /// <summary>Shares that are hashed side by side.</summary>
    private const int SharesAtOnce = 16;

    // Below this the lanes would be emptier than they are fast; from here on they are filled up with what is thrown away.
    private const int LanesWorthwhile = 3;
    private const int LanesFilledTo = 8;

    private readonly U256[] _roots = new U256[SharesAtOnce];
    private readonly bool[] _hasRoot = new bool[SharesAtOnce];

    /// <summary>
    /// Checks several shares of extended channels, in their order and with the same outcome as one by one
    /// (<see cref="OnSubmitSharesExtended"/>), but hashes them side by side. For owners that read many frames at a time.
    /// Allocates nothing.
    /// </summary>
    /// <param name="payloads">Payloads of <c>SubmitSharesExtended</c>, one after another. One that cannot be read is left out: its frame is the owner's to refuse.</param>
    /// <param name="lengths">The length of each.</param>
    public void OnManySubmitSharesExtended(ReadOnlySpan<byte> payloads, ReadOnlySpan<int> lengths)
    {
        while (!lengths.IsEmpty)
        {
            ReadOnlySpan<int> some = lengths[..Math.Min(SharesAtOnce, lengths.Length)];
            ReadOnlySpan<byte> rest = payloads;
            ComputeRoots(payloads, some);
            for (int i = 0; i < some.Length; i++)
            {
                if (SubmitSharesExtendedView.TryRead(rest[..some[i]], out SubmitSharesExtendedView share, out _))
                    Submit(SubmittedShare.Of(share, _hasRoot[i] ? _roots[i] : null));
                rest = rest[some[i]..];
            }

            payloads = rest;
            lengths = lengths[some.Length..];
        }
    }

    /// <summary>Computes the merkle roots of those shares that follow one another on the same job; the others do it themselves.</summary>
    private void ComputeRoots(ReadOnlySpan<byte> payloads, ReadOnlySpan<int> lengths)
    {
        _hasRoot.AsSpan().Clear();
        ExtendedJob? work = null;
        int first = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            ReadOnlySpan<byte> payload = payloads[..lengths[i]];
            payloads = payloads[lengths[i]..];
            ExtendedJob? next = TryFindLeaf(payload, out U256 leaf);
            if (!ReferenceEquals(next, work))
            {
                Fold(work, first, i);
                (work, first) = (next, i);
            }

            _roots[i] = leaf;
        }

        Fold(work, first, lengths.Length);
    }

    /// <summary>The job of a share that is worth hashing, and its coinbase's txid; null for any other share.</summary>
    private ExtendedJob? TryFindLeaf(ReadOnlySpan<byte> payload, out U256 leaf)
    {
        leaf = default;
        if (!SubmitSharesExtendedView.TryRead(payload, out SubmitSharesExtendedView share, out _)
            || !_channels.TryGetValue(share.ChannelId, out ServerChannel? channel)
            || channel.Kind != ChannelKind.Extended || share.Extranonce.Length != channel.ExtranonceSize)
            return null;
        int index = channel.IndexOfJob(share.JobId);
        if (index < 0)
            return null;
        ref ChannelJob job = ref channel.JobAt(index);
        if (job.Stage == JobStage.Future)
            return null;
        leaf = job.Job.Work.CoinbaseTxid(job.Prefix.Span, share.Extranonce);
        return job.Job.Work;
    }

    private void Fold(ExtendedJob? work, int from, int to)
    {
        int count = to - from;
        if (work is null || count < 1)
            return;
        Span<U256> leaves = _roots.AsSpan(from, count);
        _hasRoot.AsSpan(from, count).Fill(true);
        if (count is < LanesWorthwhile or >= LanesFilledTo)
        {
            MerklePath.FoldMany(leaves, work.MerklePath.AsSpan());
            return;
        }

        Span<U256> filled = stackalloc U256[LanesFilledTo];
        filled.Fill(leaves[0]);
        leaves.CopyTo(filled);
        MerklePath.FoldMany(filled, work.MerklePath.AsSpan());
        filled[..count].CopyTo(leaves);
    }
}
