using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Sv2.Roles.Tests.TemplateProvider.Support;

/// <summary>
/// Reads and judges a block from its bytes with nothing but the framework: shares no code with the product, so that both cannot
/// be wrong in the same way.
/// </summary>
internal sealed class IndependentBlock
{
    private readonly byte[] _bytes;
    private int _at = 80;

    public IndependentBlock(byte[] bytes)
    {
        _bytes = bytes;
        Hash = Sha256d(bytes.AsSpan(0, 80));
        PrevHash = bytes[4..36];
        MerkleRoot = bytes[36..68];
        Time = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(68));
        NBits = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(72));
        ulong count = Count();
        for (ulong i = 0; i < count; i++)
            Transactions.Add(ReadTransaction());
        if (_at != bytes.Length)
            throw new FormatException($"{bytes.Length - _at} bytes too many");
    }

    public byte[] Hash { get; }

    public byte[] PrevHash { get; }

    public byte[] MerkleRoot { get; }

    public uint Time { get; }

    public uint NBits { get; }

    public List<Tx> Transactions { get; } = [];

    public long Weight => 4 * (80 + CountSize((ulong)Transactions.Count)) + Transactions.Sum(tx => 3L * tx.Stripped.Length + tx.Full.Length);

    /// <summary>Checks everything that the block says about itself, then spends and makes coins.</summary>
    public void Verify(int height, byte[] prevHash, uint nBits, Dictionary<string, long> coins, long subsidy)
    {
        Assert.Equal(prevHash, PrevHash);
        Assert.Equal(nBits, NBits);
        Assert.True(Number(Hash) <= Target(NBits), "proof of work");
        Assert.Equal(Root(Transactions.Select(tx => tx.Txid)), MerkleRoot);
        Assert.True(Weight <= 4_000_000, "weight");

        Tx coinbase = Transactions[0];
        Assert.Equal(new string('0', 64) + ":4294967295", Assert.Single(coinbase.Inputs).Outpoint);
        Assert.InRange(coinbase.Inputs[0].Script.Length, 2, 100);
        Assert.Equal(HeightPush(height), coinbase.Inputs[0].Script[..HeightPush(height).Length]);
        byte[] reserved = Assert.Single(coinbase.Inputs[0].Witness);
        Assert.Equal(new byte[32], reserved);
        byte[] commitment = coinbase.Outputs.Last(output => output.Script.Length >= 38 && Convert.ToHexString(output.Script).StartsWith("6A24AA21A9ED", StringComparison.Ordinal)).Script[6..38];
        byte[] witnessRoot = Root(Transactions.Select((tx, i) => i == 0 ? new byte[32] : tx.Wtxid));
        Assert.Equal(Sha256d([.. witnessRoot, .. reserved]), commitment);

        long fees = 0;
        foreach (Tx tx in Transactions.Skip(1))
        {
            long value = 0;
            foreach (In input in tx.Inputs)
            {
                Assert.True(coins.Remove(input.Outpoint, out long coin), $"{input.Outpoint} is not there at height {height}");
                value += coin;
            }
            long paid = tx.Outputs.Sum(output => output.Value);
            Assert.True(value > paid, "the fee is positive");
            fees += value - paid;
            Make(tx, coins);
        }
        Assert.True(coinbase.Outputs.Sum(output => output.Value) <= subsidy + fees, "coinbase value");
        Make(coinbase, coins);
    }

    public static void Make(Tx tx, Dictionary<string, long> coins)
    {
        for (int i = 0; i < tx.Outputs.Count; i++)
            if (tx.Outputs[i].Script is not [0x6a, ..])
                coins.Add($"{Display(tx.Txid)}:{i}", tx.Outputs[i].Value);
    }

    public static byte[] Sha256d(ReadOnlySpan<byte> data) => SHA256.HashData(SHA256.HashData(data));

    public static string Display(byte[] hash) => Convert.ToHexStringLower([.. hash.Reverse()]);

    private static byte[] HeightPush(int height)
    {
        if (height is >= 1 and <= 16)
            return [(byte)(0x50 + height)];
        byte[] number = new BigInteger(height).ToByteArray();
        return [(byte)number.Length, .. number];
    }

    private static byte[] Root(IEnumerable<byte[]> leaves)
    {
        List<byte[]> level = [.. leaves];
        while (level.Count > 1)
        {
            if (level.Count % 2 == 1)
                level.Add(level[^1]);
            level = [.. level.Chunk(2).Select(pair => Sha256d([.. pair[0], .. pair[1]]))];
        }
        return level[0];
    }

    private static BigInteger Number(byte[] hash) => new(hash, isUnsigned: true);

    private static BigInteger Target(uint nBits) => new BigInteger(nBits & 0x7fffff) << (8 * ((int)(nBits >> 24) - 3));

    private static int CountSize(ulong count) => count < 0xfd ? 1 : count <= 0xffff ? 3 : 5;

    private Tx ReadTransaction()
    {
        int start = _at;
        byte[] version = Take(4);
        bool segwit = _bytes[_at] == 0 && _bytes[_at + 1] == 1;
        if (segwit)
            _at += 2;
        int body = _at;
        List<In> inputs = [];
        ulong inputCount = Count();
        for (ulong i = 0; i < inputCount; i++)
        {
            string outpoint = $"{Display(Take(32))}:{BinaryPrimitives.ReadUInt32LittleEndian(Take(4))}";
            byte[] script = Take((int)Count());
            Take(4);
            inputs.Add(new In(outpoint, script, []));
        }
        List<Out> outputs = [];
        ulong outputCount = Count();
        for (ulong i = 0; i < outputCount; i++)
        {
            long value = BinaryPrimitives.ReadInt64LittleEndian(Take(8));
            outputs.Add(new Out(value, Take((int)Count())));
        }
        byte[] inner = _bytes[body.._at];
        if (segwit)
        {
            foreach (In input in inputs)
            {
                ulong items = Count();
                for (ulong i = 0; i < items; i++)
                    input.Witness.Add(Take((int)Count()));
            }
        }
        byte[] lockTime = Take(4);
        byte[] full = _bytes[start.._at];
        byte[] stripped = [.. version, .. inner, .. lockTime];
        return new Tx(full, stripped, Sha256d(stripped), Sha256d(full), inputs, outputs, BinaryPrimitives.ReadUInt32LittleEndian(lockTime));
    }

    private byte[] Take(int count)
    {
        byte[] taken = _bytes[_at..(_at + count)];
        _at += count;
        return taken;
    }

    private ulong Count()
    {
        byte first = Take(1)[0];
        return first switch
        {
            0xfd => BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
            0xfe => BinaryPrimitives.ReadUInt32LittleEndian(Take(4)),
            0xff => BinaryPrimitives.ReadUInt64LittleEndian(Take(8)),
            _ => first,
        };
    }

    internal sealed record In(string Outpoint, byte[] Script, List<byte[]> Witness);

    internal sealed record Out(long Value, byte[] Script);

    internal sealed record Tx(byte[] Full, byte[] Stripped, byte[] Txid, byte[] Wtxid, List<In> Inputs, List<Out> Outputs, uint LockTime);
}
