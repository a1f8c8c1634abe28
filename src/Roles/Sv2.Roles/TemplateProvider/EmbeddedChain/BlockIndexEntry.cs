using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>What the chain remembers of a block: its header, its place in the tree and where its bytes lie.</summary>
internal sealed class BlockIndexEntry
{
    private const int MedianTimeSpan = 11;

    public required U256 Hash { get; init; }

    public required BlockHeader Header { get; init; }

    /// <summary>Null for the genesis block.</summary>
    public required BlockIndexEntry? Parent { get; init; }

    public required int Height { get; init; }

    public required int TransactionCount { get; init; }

    public required long CoinbaseValue { get; init; }

    /// <summary>Where the serialized block lies in the block file.</summary>
    public required long Offset { get; init; }

    public required int Length { get; init; }

    public required DateTimeOffset ArrivedAt { get; init; }

    /// <summary>Whether it, or a block before it, failed a check or was declared invalid.</summary>
    public bool IsInvalid { get; set; }

    /// <summary>What the block spent, while it is in the best chain and near enough to its tip to be taken back.</summary>
    public List<SpentCoin>? Spent { get; set; }

    /// <summary>Median of the times of this block and the ten before it (BIP 113).</summary>
    public uint MedianTimePast()
    {
        Span<uint> times = stackalloc uint[MedianTimeSpan];
        int count = 0;
        for (BlockIndexEntry? entry = this; entry is not null && count < MedianTimeSpan; entry = entry.Parent)
            times[count++] = entry.Header.NTime;
        times = times[..count];
        times.Sort();
        return times[count / 2];
    }
}
