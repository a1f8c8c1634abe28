using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>The 80 bytes that proof of work is done on.</summary>
/// <param name="Version">nVersion; bits 5 to 28 may be rolled (BIP 323).</param>
/// <param name="PrevHash">Hash of the previous block, wire order.</param>
/// <param name="MerkleRoot">Root over the transaction ids, wire order.</param>
/// <param name="NTime">Seconds since 1970-01-01 UTC.</param>
/// <param name="NBits">Compact form of the target, see <see cref="CompactTarget"/>.</param>
/// <param name="Nonce">The value miners search.</param>
public readonly record struct BlockHeader(uint Version, U256 PrevHash, U256 MerkleRoot, uint NTime, uint NBits, uint Nonce)
{
    /// <summary>Bytes of a serialized header.</summary>
    public const int Size = 80;

    /// <summary>The version bits a miner may roll under BIP 323: bits 5 to 28.</summary>
    public const uint VersionRollingMask = 0x1fffffe0;

    /// <summary>Offset of nVersion in the serialized header.</summary>
    public const int VersionOffset = 0;

    /// <summary>Offset of the previous block's hash in the serialized header.</summary>
    public const int PrevHashOffset = 4;

    /// <summary>Offset of the merkle root in the serialized header.</summary>
    public const int MerkleRootOffset = 36;

    /// <summary>Offset of nTime in the serialized header.</summary>
    public const int NTimeOffset = 68;

    /// <summary>Offset of nBits in the serialized header.</summary>
    public const int NBitsOffset = 72;

    /// <summary>Offset of the nonce in the serialized header.</summary>
    public const int NonceOffset = 76;

    /// <summary>Reads a header from the first 80 bytes of <paramref name="source"/>.</summary>
    /// <param name="source">The bytes; what follows the header is not looked at.</param>
    /// <param name="header">The header, when the result is <see langword="true"/>.</param>
    /// <returns><see langword="false"/> when fewer than 80 bytes are there.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out BlockHeader header)
    {
        if (source.Length < Size)
        {
            header = default;
            return false;
        }
        header = new BlockHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(source),
            U256.FromWire(source.Slice(PrevHashOffset, Sha256d.HashSize)),
            U256.FromWire(source.Slice(MerkleRootOffset, Sha256d.HashSize)),
            BinaryPrimitives.ReadUInt32LittleEndian(source[NTimeOffset..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[NBitsOffset..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[NonceOffset..]));
        return true;
    }

    /// <summary>Writes the header into the first 80 bytes of <paramref name="destination"/>.</summary>
    /// <param name="destination">At least 80 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public void Write(Span<byte> destination)
    {
        if (destination.Length < Size)
            throw new ArgumentException($"a block header needs {Size} bytes, the destination has {destination.Length}", nameof(destination));
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Version);
        PrevHash.CopyTo(destination[PrevHashOffset..]);
        MerkleRoot.CopyTo(destination[MerkleRootOffset..]);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[NTimeOffset..], NTime);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[NBitsOffset..], NBits);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[NonceOffset..], Nonce);
    }

    /// <summary>The block hash: the double SHA-256 of the 80 bytes. Allocates nothing.</summary>
    /// <returns>The hash in wire order; <see cref="U256.ToDisplayString"/> gives the form explorers show.</returns>
    [SkipLocalsInit]
    public U256 Hash()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return Sha256d.Hash(bytes);
    }
}
