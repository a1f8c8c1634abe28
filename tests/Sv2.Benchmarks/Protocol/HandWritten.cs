using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Benchmarks.Protocol;

/// <summary>
/// What a careful person would write by hand for five messages: lengths checked before anything is read, then
/// BinaryPrimitives at the offsets. The baselines of the message benchmarks. Readers give a sum over all fields, so that
/// none is optimised away, or -1 for a bad payload.
/// </summary>
internal static class HandWritten
{
    public static long ReadSubmitSharesStandard(ReadOnlySpan<byte> p)
    {
        if (p.Length < 24) return -1;
        return (long)BinaryPrimitives.ReadUInt32LittleEndian(p) + BinaryPrimitives.ReadUInt32LittleEndian(p[4..])
            + BinaryPrimitives.ReadUInt32LittleEndian(p[8..]) + BinaryPrimitives.ReadUInt32LittleEndian(p[12..])
            + BinaryPrimitives.ReadUInt32LittleEndian(p[16..]) + BinaryPrimitives.ReadUInt32LittleEndian(p[20..]);
    }

    public static long ReadSubmitSharesExtended(ReadOnlySpan<byte> p)
    {
        if (p.Length < 25) return -1;
        int length = p[24];
        if (length > 32 || p.Length - 25 < length) return -1;
        ReadOnlySpan<byte> extranonce = p.Slice(25, length);
        return (long)BinaryPrimitives.ReadUInt32LittleEndian(p) + BinaryPrimitives.ReadUInt32LittleEndian(p[4..])
            + BinaryPrimitives.ReadUInt32LittleEndian(p[8..]) + BinaryPrimitives.ReadUInt32LittleEndian(p[12..])
            + BinaryPrimitives.ReadUInt32LittleEndian(p[16..]) + BinaryPrimitives.ReadUInt32LittleEndian(p[20..]) + Sum.Of(extranonce);
    }

    public static long ReadSetNewPrevHash(ReadOnlySpan<byte> p)
    {
        if (p.Length < 48) return -1;
        return (long)BinaryPrimitives.ReadUInt32LittleEndian(p) + BinaryPrimitives.ReadUInt32LittleEndian(p[4..]) + Sum.OfHash(p.Slice(8, 32))
            + BinaryPrimitives.ReadUInt32LittleEndian(p[40..]) + BinaryPrimitives.ReadUInt32LittleEndian(p[44..]);
    }

    public static long ReadNewExtendedMiningJob(ReadOnlySpan<byte> p)
    {
        if (p.Length < 9) return -1;
        long sum = (long)BinaryPrimitives.ReadUInt32LittleEndian(p) + BinaryPrimitives.ReadUInt32LittleEndian(p[4..]);
        int at = 9;
        if (p[8] > 1) return -1;
        if (p[8] == 1)
        {
            if (p.Length < at + 4) return -1;
            sum += BinaryPrimitives.ReadUInt32LittleEndian(p[at..]);
            at += 4;
        }

        if (p.Length < at + 6) return -1;
        sum += BinaryPrimitives.ReadUInt32LittleEndian(p[at..]) + (p[at + 4] & 1);
        int hashes = p[at + 5];
        at += 6;
        if (p.Length < at + 32 * hashes + 2) return -1;
        for (int i = 0; i < hashes; i++) sum += Sum.OfHash(p.Slice(at + 32 * i, 32));
        at += 32 * hashes;
        int prefix = BinaryPrimitives.ReadUInt16LittleEndian(p[at..]);
        at += 2;
        if (p.Length < at + prefix + 2) return -1;
        sum += Sum.Of(p.Slice(at, prefix));
        at += prefix;
        int suffix = BinaryPrimitives.ReadUInt16LittleEndian(p[at..]);
        at += 2;
        return p.Length < at + suffix ? -1 : sum + Sum.Of(p.Slice(at, suffix));
    }

    public static long ReadNewTemplate(ReadOnlySpan<byte> p)
    {
        if (p.Length < 18) return -1;
        int prefix = p[17];
        int at = 18 + prefix;
        if (p.Length < at + 18) return -1;
        long sum = (long)BinaryPrimitives.ReadUInt64LittleEndian(p) + (p[8] & 1) + BinaryPrimitives.ReadUInt32LittleEndian(p[9..])
            + BinaryPrimitives.ReadUInt32LittleEndian(p[13..]) + Sum.Of(p.Slice(18, prefix)) + BinaryPrimitives.ReadUInt32LittleEndian(p[at..])
            + (long)BinaryPrimitives.ReadUInt64LittleEndian(p[(at + 4)..]) + BinaryPrimitives.ReadUInt32LittleEndian(p[(at + 12)..]);
        int outputs = BinaryPrimitives.ReadUInt16LittleEndian(p[(at + 16)..]);
        at += 18;
        if (p.Length < at + outputs + 5) return -1;
        sum += Sum.Of(p.Slice(at, outputs)) + BinaryPrimitives.ReadUInt32LittleEndian(p[(at + outputs)..]);
        at += outputs + 4;
        int hashes = p[at++];
        if (p.Length < at + 32 * hashes) return -1;
        for (int i = 0; i < hashes; i++) sum += Sum.OfHash(p.Slice(at + 32 * i, 32));
        return sum;
    }

    public static int WriteSubmitSharesStandard(Span<byte> d, in SubmitSharesStandard m)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(d[20..], m.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(d, m.ChannelId);
        BinaryPrimitives.WriteUInt32LittleEndian(d[4..], m.SequenceNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(d[8..], m.JobId);
        BinaryPrimitives.WriteUInt32LittleEndian(d[12..], m.Nonce);
        BinaryPrimitives.WriteUInt32LittleEndian(d[16..], m.NTime);
        return 24;
    }

    public static int WriteSubmitSharesExtended(Span<byte> d, in SubmitSharesExtended m)
    {
        ReadOnlySpan<byte> extranonce = m.Extranonce.Span;
        if (extranonce.Length > 32) throw new ArgumentException("extranonce is too long");
        BinaryPrimitives.WriteUInt32LittleEndian(d, m.ChannelId);
        BinaryPrimitives.WriteUInt32LittleEndian(d[4..], m.SequenceNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(d[8..], m.JobId);
        BinaryPrimitives.WriteUInt32LittleEndian(d[12..], m.Nonce);
        BinaryPrimitives.WriteUInt32LittleEndian(d[16..], m.NTime);
        BinaryPrimitives.WriteUInt32LittleEndian(d[20..], m.Version);
        d[24] = (byte)extranonce.Length;
        extranonce.CopyTo(d[25..]);
        return 25 + extranonce.Length;
    }

    public static int WriteSetNewPrevHash(Span<byte> d, in Sv2.Protocol.Mining.SetNewPrevHash m)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(d[44..], m.NBits);
        BinaryPrimitives.WriteUInt32LittleEndian(d, m.ChannelId);
        BinaryPrimitives.WriteUInt32LittleEndian(d[4..], m.JobId);
        m.PrevHash.CopyTo(d[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(d[40..], m.MinNTime);
        return 48;
    }

    public static int WriteNewExtendedMiningJob(Span<byte> d, in NewExtendedMiningJob m)
    {
        ReadOnlySpan<byte> path = MemoryMarshal.AsBytes(m.MerklePath.AsSpan()), prefix = m.CoinbaseTxPrefix.Span, suffix = m.CoinbaseTxSuffix.Span;
        if (path.Length > 255 * 32 || prefix.Length > 0xFFFF || suffix.Length > 0xFFFF) throw new ArgumentException("a field is too long");
        BinaryPrimitives.WriteUInt32LittleEndian(d, m.ChannelId);
        BinaryPrimitives.WriteUInt32LittleEndian(d[4..], m.JobId);
        int at = 9;
        d[8] = 0;
        if (m.MinNTime is { } time)
        {
            d[8] = 1;
            BinaryPrimitives.WriteUInt32LittleEndian(d[at..], time);
            at += 4;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(d[at..], m.Version);
        d[at + 4] = m.VersionRollingAllowed ? (byte)1 : (byte)0;
        d[at + 5] = (byte)(path.Length / 32);
        at += 6;
        path.CopyTo(d[at..]);
        at += path.Length;
        at += WritePrefixed(d[at..], prefix);
        return at + WritePrefixed(d[at..], suffix);
    }

    public static int WriteNewTemplate(Span<byte> d, in NewTemplate m)
    {
        ReadOnlySpan<byte> path = MemoryMarshal.AsBytes(m.MerklePath.AsSpan()), prefix = m.CoinbasePrefix.Span, outputs = m.CoinbaseTxOutputs.Span;
        if (path.Length > 255 * 32 || prefix.Length > 255 || outputs.Length > 0xFFFF) throw new ArgumentException("a field is too long");
        BinaryPrimitives.WriteUInt64LittleEndian(d, m.TemplateId);
        d[8] = m.FutureTemplate ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(d[9..], m.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(d[13..], m.CoinbaseTxVersion);
        d[17] = (byte)prefix.Length;
        prefix.CopyTo(d[18..]);
        int at = 18 + prefix.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(d[at..], m.CoinbaseTxInputSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(d[(at + 4)..], m.CoinbaseTxValueRemaining);
        BinaryPrimitives.WriteUInt32LittleEndian(d[(at + 12)..], m.CoinbaseTxOutputsCount);
        at += 16;
        at += WritePrefixed(d[at..], outputs);
        BinaryPrimitives.WriteUInt32LittleEndian(d[at..], m.CoinbaseTxLocktime);
        d[at + 4] = (byte)(path.Length / 32);
        path.CopyTo(d[(at + 5)..]);
        return at + 5 + path.Length;
    }

    private static int WritePrefixed(Span<byte> d, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(d, (ushort)bytes.Length);
        bytes.CopyTo(d[2..]);
        return 2 + bytes.Length;
    }
}

/// <summary>How the benchmarks use bytes: both ends, so that a field is reached but its length does not dominate.</summary>
internal static class Sum
{
    public static long Of(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? 0 : bytes[0] + bytes[^1] + bytes.Length;

    public static long OfHash(U256 hash) => (long)(hash.Limb(0) ^ hash.Limb(3));

    public static long OfHash(ReadOnlySpan<byte> hash) => (long)(BinaryPrimitives.ReadUInt64LittleEndian(hash) ^ BinaryPrimitives.ReadUInt64LittleEndian(hash[24..]));
}
