using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Sv2.Bitcoin.Hashing;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>
/// Searches nonces of one header. The first 64 bytes of the header are hashed once; consecutive nonces are tried side by
/// side in 512-bit or 256-bit vectors where the machine has them. Allocates nothing. Not for use by several threads at once.
/// </summary>
public struct NonceSearch
{
    private const int TailWords = 3;

    private readonly LaneWidth _width;
    private BlockHeader _header;
    private Sha256State<uint> _midstate;
    private Words _tail;

    /// <summary>Prepares the search on a header.</summary>
    /// <param name="header">The header; its nonce does not matter.</param>
    public NonceSearch(in BlockHeader header)
        : this(header, LaneWidths.Best)
    {
    }

    internal NonceSearch(in BlockHeader header, LaneWidth width)
    {
        _width = width;
        SetHeader(header);
    }

    /// <summary>The header searched.</summary>
    public readonly BlockHeader Header => _header;

    /// <summary>Nonces tried at once; a search over a multiple of this wastes nothing.</summary>
    public readonly int LaneCount => LaneWidths.Count(_width);

    /// <summary>Turns to another header.</summary>
    /// <param name="header">The header; its nonce does not matter.</param>
    [SkipLocalsInit]
    public void SetHeader(in BlockHeader header)
    {
        _header = header;
        Span<byte> bytes = stackalloc byte[BlockHeader.Size];
        header.Write(bytes);
        Sha256Block<uint> block = default;
        for (int i = 0; i < Sha256Block<uint>.Length; i++)
            block[i] = BinaryPrimitives.ReadUInt32BigEndian(bytes[(i * sizeof(uint))..]);
        for (int i = 0; i < TailWords; i++)
            _tail[i] = BinaryPrimitives.ReadUInt32BigEndian(bytes[((Sha256Block<uint>.Length + i) * sizeof(uint))..]);
        Sha256Rounds.Reset<ScalarLanes, uint>(ref _midstate);
        Sha256Rounds.Compress<ScalarLanes, uint>(ref _midstate, ref block);
    }

    /// <summary>Tries consecutive nonces until one is good enough.</summary>
    /// <param name="firstNonce">Where to start.</param>
    /// <param name="count">How many to try; those beyond the greatest nonce are left out.</param>
    /// <param name="target">The target to meet.</param>
    /// <param name="nonce">The first nonce that meets it, when the result is <see langword="true"/>. Go on at the one after it.</param>
    /// <returns>Whether there is one.</returns>
    public readonly bool TryFind(uint firstNonce, uint count, in U256 target, out uint nonce)
    {
        ulong end = Math.Min((ulong)firstNonce + count, 1ul + uint.MaxValue);
        return _width switch
        {
            LaneWidth.Vector512 => TryFind<Lanes512, Vector512<uint>>(firstNonce, end, target, out nonce),
            LaneWidth.Vector256 => TryFind<Lanes256, Vector256<uint>>(firstNonce, end, target, out nonce),
            _ => TryFind<ScalarLanes, uint>(firstNonce, end, target, out nonce),
        };
    }

    private readonly bool TryFind<TLanes, TWord>(ulong next, ulong end, in U256 target, out uint nonce)
        where TLanes : struct, ILanes<TWord>
        where TWord : unmanaged
    {
        uint limit = (uint)(target.Limb(3) >> 32);
        ReadOnlySpan<uint> midstate = _midstate;
        ReadOnlySpan<uint> tail = _tail;
        for (; next < end; next += (uint)TLanes.Count)
        {
            if (NonceLanes<TLanes, TWord>.AnyAtMost(midstate, tail, (uint)next, limit)
                && TryConfirm(next, Math.Min(next + (uint)TLanes.Count, end), target, out nonce))
                return true;
        }
        nonce = 0;
        return false;
    }

    // Rare: some lane's top 32 bits were low enough. Which, and whether the rest is as well, is cheap to find out here.
    private readonly bool TryConfirm(ulong next, ulong end, in U256 target, out uint nonce)
    {
        for (; next < end; next++)
        {
            nonce = (uint)next;
            if ((_header with { Nonce = nonce }).Hash() <= target)
                return true;
        }
        nonce = 0;
        return false;
    }

    [InlineArray(TailWords)]
    private struct Words
    {
        private uint _first;
    }
}
