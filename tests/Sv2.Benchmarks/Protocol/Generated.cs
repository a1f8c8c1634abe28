using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Benchmarks.Protocol;

/// <summary>Reading all fields through the generated views, giving the same sums as <see cref="HandWritten"/>.</summary>
internal static class Generated
{
    public static long ReadSubmitSharesStandard(ReadOnlySpan<byte> payload) =>
        SubmitSharesStandardView.TryRead(payload, out SubmitSharesStandardView v, out _)
            ? (long)v.ChannelId + v.SequenceNumber + v.JobId + v.Nonce + v.NTime + v.Version : -1;

    public static long ReadSubmitSharesExtended(ReadOnlySpan<byte> payload) =>
        SubmitSharesExtendedView.TryRead(payload, out SubmitSharesExtendedView v, out _)
            ? (long)v.ChannelId + v.SequenceNumber + v.JobId + v.Nonce + v.NTime + v.Version + Sum.Of(v.Extranonce) : -1;

    public static long ReadSetNewPrevHash(ReadOnlySpan<byte> payload) =>
        Sv2.Protocol.Mining.SetNewPrevHashView.TryRead(payload, out Sv2.Protocol.Mining.SetNewPrevHashView v, out _)
            ? (long)v.ChannelId + v.JobId + OfHash(v.PrevHash) + v.MinNTime + v.NBits : -1;

    public static long ReadNewExtendedMiningJob(ReadOnlySpan<byte> payload)
    {
        if (!NewExtendedMiningJobView.TryRead(payload, out NewExtendedMiningJobView v, out _)) return -1;
        long sum = (long)v.ChannelId + v.JobId + (v.MinNTime ?? 0) + v.Version + (v.VersionRollingAllowed ? 1 : 0);
        foreach (U256 hash in v.MerklePath) sum += OfHash(hash);
        return sum + Sum.Of(v.CoinbaseTxPrefix) + Sum.Of(v.CoinbaseTxSuffix);
    }

    public static long ReadNewTemplate(ReadOnlySpan<byte> payload)
    {
        if (!NewTemplateView.TryRead(payload, out NewTemplateView v, out _)) return -1;
        long sum = (long)v.TemplateId + (v.FutureTemplate ? 1 : 0) + v.Version + v.CoinbaseTxVersion + Sum.Of(v.CoinbasePrefix) + v.CoinbaseTxInputSequence
            + (long)v.CoinbaseTxValueRemaining + v.CoinbaseTxOutputsCount + Sum.Of(v.CoinbaseTxOutputs) + v.CoinbaseTxLocktime;
        foreach (U256 hash in v.MerklePath) sum += OfHash(hash);
        return sum;
    }

    private static long OfHash(U256 hash) => (long)(hash.Limb(0) ^ hash.Limb(3));
}
