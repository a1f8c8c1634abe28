using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.JobDeclaration;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>A declared job with all its transactions: what a block is rebuilt from (6.4.9). Immutable.</summary>
internal sealed class DeclaredTemplate
{
    private readonly DeclaredCoinbase _coinbase;
    private readonly KnownTransaction[] _transactions;

    public DeclaredTemplate(uint version, DeclaredCoinbase coinbase, KnownTransaction[] transactions)
    {
        Version = version;
        _coinbase = coinbase;
        _transactions = transactions;
        MerklePath = Bitcoin.MerklePath.OfCoinbase(Array.ConvertAll(transactions, transaction => transaction.Txid));
    }

    public uint Version { get; }

    public DeclaredCoinbase Coinbase => _coinbase;

    public ReadOnlySpan<KnownTransaction> Transactions => _transactions;

    public U256[] MerklePath { get; }

    /// <summary>The block to be mined, with an extranonce of zeros, for a node to judge.</summary>
    public byte[] Propose(in U256 prevHash, uint nTime, uint nBits)
    {
        byte[] extranonce = new byte[_coinbase.ExtranonceSize];
        return Assemble(new BlockHeader(Version, prevHash, MerkleRoot(extranonce), nTime, nBits, 0), extranonce);
    }

    /// <summary>Rebuilds the block of a solution.</summary>
    /// <param name="solution">The solution.</param>
    /// <param name="header">The header that it makes, when the result is true.</param>
    /// <param name="block">The block, when the result is true.</param>
    /// <returns>Whether the solution is one of this job: its header meets the target that it names.</returns>
    public bool TrySolve(in PushSolution solution, out BlockHeader header, [NotNullWhen(true)] out byte[]? block)
    {
        header = default;
        block = null;
        if (solution.Extranonce.Length != _coinbase.ExtranonceSize || ((solution.Version ^ Version) & ~BlockHeader.VersionRollingMask) != 0)
            return false;
        header = new BlockHeader(solution.Version, solution.PrevHash, MerkleRoot(solution.Extranonce.Span), solution.NTime, solution.NBits, solution.Nonce);
        if (!new CompactTarget(solution.NBits).TryToTarget(out U256 target) || header.Hash() > target)
            return false;
        block = Assemble(header, solution.Extranonce.Span);
        return true;
    }

    private U256 MerkleRoot(ReadOnlySpan<byte> extranonce) => Bitcoin.MerklePath.Fold(_coinbase.Split.Txid(extranonce, default), MerklePath);

    private byte[] Assemble(in BlockHeader header, ReadOnlySpan<byte> extranonce)
    {
        byte[] coinbase = _coinbase.Split.Full(extranonce, default);
        byte[] count = Count(_transactions.Length + 1);
        byte[] block = new byte[BlockHeader.Size + count.Length + coinbase.Length + _transactions.Sum(transaction => transaction.Data.Length)];
        header.Write(block);
        Span<byte> rest = block.AsSpan(BlockHeader.Size);
        Put(ref rest, count);
        Put(ref rest, coinbase);
        foreach (KnownTransaction transaction in _transactions)
            Put(ref rest, transaction.Data);
        return block;
    }

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    // CompactSize; the count fits two bytes, because wtxid_list's does and the coinbase with it.
    private static byte[] Count(int count)
    {
        if (count < 0xfd)
            return [(byte)count];
        byte[] bytes = [0xfd, 0, 0];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(1), checked((ushort)count));
        return bytes;
    }
}
