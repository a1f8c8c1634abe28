using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Benchmarks.Protocol;

/// <summary>What differs between the messages that are measured.</summary>
/// <typeparam name="TMessage">The message.</typeparam>
public interface IMessageCase<TMessage> where TMessage : struct, IMessage<TMessage>
{
    /// <summary>A message as it may come.</summary>
    static abstract TMessage Sample(Random random);

    /// <summary>Reads all fields through the generated view into a sum, or gives -1 for a bad payload.</summary>
    static abstract long Read(ReadOnlySpan<byte> payload);

    /// <summary>Gives the same sum, written by hand.</summary>
    static abstract long ReadByHand(ReadOnlySpan<byte> payload);

    /// <summary>Writes the payload, by hand.</summary>
    static abstract int WriteByHand(Span<byte> destination, in TMessage message);
}

/// <summary>A share of a standard channel.</summary>
public readonly struct Standard : IMessageCase<SubmitSharesStandard>
{
    public static SubmitSharesStandard Sample(Random random) => new()
    {
        ChannelId = random.NextUInt32(),
        SequenceNumber = random.NextUInt32(),
        JobId = random.NextUInt32(),
        Nonce = random.NextUInt32(),
        NTime = random.NextUInt32(),
        Version = random.NextUInt32(),
    };

    public static long Read(ReadOnlySpan<byte> payload) =>
        SubmitSharesStandardView.TryRead(payload, out SubmitSharesStandardView v, out _)
            ? (long)v.ChannelId + v.SequenceNumber + v.JobId + v.Nonce + v.NTime + v.Version : -1;

    public static long ReadByHand(ReadOnlySpan<byte> payload) => HandWritten.ReadSubmitSharesStandard(payload);

    public static int WriteByHand(Span<byte> destination, in SubmitSharesStandard message) => HandWritten.WriteSubmitSharesStandard(destination, in message);
}

/// <summary>A share of an extended channel.</summary>
public readonly struct Extended : IMessageCase<SubmitSharesExtended>
{
    public static SubmitSharesExtended Sample(Random random) => new()
    {
        ChannelId = random.NextUInt32(),
        SequenceNumber = random.NextUInt32(),
        JobId = random.NextUInt32(),
        Nonce = random.NextUInt32(),
        NTime = random.NextUInt32(),
        Version = random.NextUInt32(),
        Extranonce = random.NextByteString(random.Next(4, 17)),
    };

    public static long Read(ReadOnlySpan<byte> payload) =>
        SubmitSharesExtendedView.TryRead(payload, out SubmitSharesExtendedView v, out _)
            ? (long)v.ChannelId + v.SequenceNumber + v.JobId + v.Nonce + v.NTime + v.Version + Sum.Of(v.Extranonce) : -1;

    public static long ReadByHand(ReadOnlySpan<byte> payload) => HandWritten.ReadSubmitSharesExtended(payload);

    public static int WriteByHand(Span<byte> destination, in SubmitSharesExtended message) => HandWritten.WriteSubmitSharesExtended(destination, in message);
}

/// <summary>A new tip, for miners.</summary>
public readonly struct PrevHash : IMessageCase<Sv2.Protocol.Mining.SetNewPrevHash>
{
    public static Sv2.Protocol.Mining.SetNewPrevHash Sample(Random random) => new()
    {
        ChannelId = random.NextUInt32(),
        JobId = random.NextUInt32(),
        PrevHash = random.NextU256(),
        MinNTime = random.NextUInt32(),
        NBits = random.NextUInt32(),
    };

    public static long Read(ReadOnlySpan<byte> payload) =>
        Sv2.Protocol.Mining.SetNewPrevHashView.TryRead(payload, out Sv2.Protocol.Mining.SetNewPrevHashView v, out _)
            ? (long)v.ChannelId + v.JobId + Sum.OfHash(v.PrevHash) + v.MinNTime + v.NBits : -1;

    public static long ReadByHand(ReadOnlySpan<byte> payload) => HandWritten.ReadSetNewPrevHash(payload);

    public static int WriteByHand(Span<byte> destination, in Sv2.Protocol.Mining.SetNewPrevHash message) => HandWritten.WriteSetNewPrevHash(destination, in message);
}

/// <summary>A job with 12 merkle hashes and 250 bytes of coinbase.</summary>
public readonly struct Job : IMessageCase<NewExtendedMiningJob>
{
    public static NewExtendedMiningJob Sample(Random random) => new()
    {
        ChannelId = random.NextUInt32(),
        JobId = random.NextUInt32(),
        MinNTime = random.Next(2) == 0 ? null : random.NextUInt32(),
        Version = random.NextUInt32(),
        VersionRollingAllowed = true,
        MerklePath = random.NextHashes(12),
        CoinbaseTxPrefix = random.NextByteString(110),
        CoinbaseTxSuffix = random.NextByteString(140),
    };

    public static long Read(ReadOnlySpan<byte> payload)
    {
        if (!NewExtendedMiningJobView.TryRead(payload, out NewExtendedMiningJobView v, out _)) return -1;
        long sum = (long)v.ChannelId + v.JobId + (v.MinNTime ?? 0) + v.Version + (v.VersionRollingAllowed ? 1 : 0);
        foreach (U256 hash in v.MerklePath) sum += Sum.OfHash(hash);
        return sum + Sum.Of(v.CoinbaseTxPrefix) + Sum.Of(v.CoinbaseTxSuffix);
    }

    public static long ReadByHand(ReadOnlySpan<byte> payload) => HandWritten.ReadNewExtendedMiningJob(payload);

    public static int WriteByHand(Span<byte> destination, in NewExtendedMiningJob message) => HandWritten.WriteNewExtendedMiningJob(destination, in message);
}

/// <summary>A template with 12 merkle hashes and one output.</summary>
public readonly struct Template : IMessageCase<NewTemplate>
{
    public static NewTemplate Sample(Random random) => new()
    {
        TemplateId = random.NextUInt32(),
        FutureTemplate = random.Next(2) == 0,
        Version = random.NextUInt32(),
        CoinbaseTxVersion = 2,
        CoinbasePrefix = random.NextByteString(random.Next(3, 8)),
        CoinbaseTxInputSequence = uint.MaxValue,
        CoinbaseTxValueRemaining = random.NextUInt32(),
        CoinbaseTxOutputsCount = 1,
        CoinbaseTxOutputs = random.NextByteString(47),
        CoinbaseTxLocktime = 0,
        MerklePath = random.NextHashes(12),
    };

    public static long Read(ReadOnlySpan<byte> payload)
    {
        if (!NewTemplateView.TryRead(payload, out NewTemplateView v, out _)) return -1;
        long sum = (long)v.TemplateId + (v.FutureTemplate ? 1 : 0) + v.Version + v.CoinbaseTxVersion + Sum.Of(v.CoinbasePrefix) + v.CoinbaseTxInputSequence
            + (long)v.CoinbaseTxValueRemaining + v.CoinbaseTxOutputsCount + Sum.Of(v.CoinbaseTxOutputs) + v.CoinbaseTxLocktime;
        foreach (U256 hash in v.MerklePath) sum += Sum.OfHash(hash);
        return sum;
    }

    public static long ReadByHand(ReadOnlySpan<byte> payload) => HandWritten.ReadNewTemplate(payload);

    public static int WriteByHand(Span<byte> destination, in NewTemplate message) => HandWritten.WriteNewTemplate(destination, in message);
}

/// <summary>Random parts of messages.</summary>
internal static class RandomParts
{
    public static uint NextUInt32(this Random random) => (uint)random.NextInt64(uint.MaxValue);

    public static ByteString NextByteString(this Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    public static U256 NextU256(this Random random) => U256.FromWire(random.NextByteString(32).Span);

    public static Seq<U256> NextHashes(this Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextU256())];
}
