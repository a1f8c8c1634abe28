using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Sv2.Mining.Tests;

/// <summary>
/// The rules of a share written a second time, from the specification's text and with nothing but SHA-256 from the
/// framework: what the library computes is measured against this.
/// </summary>
internal static class Independent
{
    public static byte[] Sha256d(ReadOnlySpan<byte> data) => SHA256.HashData(SHA256.HashData(data));

    /// <summary>5.3.16: coinbase txid, folded with the path.</summary>
    public static byte[] MerkleRoot(byte[] coinbasePrefix, byte[] extranoncePrefix, byte[] extranonce, byte[] coinbaseSuffix, IEnumerable<byte[]> path)
    {
        byte[] root = Sha256d([.. coinbasePrefix, .. extranoncePrefix, .. extranonce, .. coinbaseSuffix]);
        foreach (byte[] leaf in path)
            root = Sha256d([.. root, .. leaf]);
        return root;
    }

    public static byte[] Header(uint version, byte[] prevHash, byte[] merkleRoot, uint nTime, uint nBits, uint nonce)
    {
        byte[] header = new byte[80];
        BinaryPrimitives.WriteUInt32LittleEndian(header, version);
        prevHash.CopyTo(header, 4);
        merkleRoot.CopyTo(header, 36);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(68), nTime);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(72), nBits);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(76), nonce);
        return header;
    }

    public static BigInteger Number(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);

    public static bool Meets(byte[] header, ReadOnlySpan<byte> target) => Number(Sha256d(header)) <= Number(target);
}
