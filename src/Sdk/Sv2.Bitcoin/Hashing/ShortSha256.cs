using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Sv2.Bitcoin.Hashing;

/// <summary>
/// SHA-256 of short messages. The framework's one-shot call takes longer to set up than one block takes to hash here,
/// and the second half of every double SHA-256 is one block.
/// </summary>
internal static class ShortSha256
{
    private const int BlockBytes = 64;
    private const int LengthBytes = sizeof(ulong);

    /// <summary>Longest message for which this is the faster way: one block with its padding.</summary>
    public const int WorthwhileMax = BlockBytes - LengthBytes - 1;

    /// <summary>Hashes <paramref name="message"/> into <paramref name="destination"/>, which may overlap it.</summary>
    [SkipLocalsInit]
    public static void Hash(ReadOnlySpan<byte> message, Span<byte> destination)
    {
        Sha256State<uint> state;
        Unsafe.SkipInit(out state);
        Sha256Rounds.Reset<ScalarLanes, uint>(ref state);
        ReadOnlySpan<byte> rest = message;
        for (; rest.Length >= BlockBytes; rest = rest[BlockBytes..])
            Compress(ref state, rest);
        Span<byte> last = stackalloc byte[BlockBytes];
        last.Clear();
        rest.CopyTo(last);
        last[rest.Length] = 0x80;
        if (rest.Length >= BlockBytes - LengthBytes)
        {
            Compress(ref state, last);
            last.Clear();
        }
        BinaryPrimitives.WriteUInt64BigEndian(last[(BlockBytes - LengthBytes)..], (ulong)message.Length * 8);
        Compress(ref state, last);
        for (int i = 0; i < Sha256State<uint>.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(destination[(i * sizeof(uint))..], state[i]);
    }

    [SkipLocalsInit]
    private static void Compress(ref Sha256State<uint> state, ReadOnlySpan<byte> bytes)
    {
        Sha256Block<uint> block;
        Unsafe.SkipInit(out block);
        for (int i = 0; i < Sha256Block<uint>.Length; i++)
            block[i] = BinaryPrimitives.ReadUInt32BigEndian(bytes[(i * sizeof(uint))..]);
        Sha256Rounds.Compress<ScalarLanes, uint>(ref state, ref block);
    }
}
