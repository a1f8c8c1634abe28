using Sv2.Protocol;

namespace Sv2.Mining;

/// <summary>What a new block changes for every miner (5.3.17 and 7.3 <c>SetNewPrevHash</c>).</summary>
/// <param name="PrevHash">Hash of the block to build on, wire order.</param>
/// <param name="MinNTime">Smallest nTime to hash with, seconds since 1970.</param>
/// <param name="NBits">The header's compact target.</param>
/// <param name="Target">
/// A header whose hash is not above this is a block. May be lower than <paramref name="NBits"/> says (7.3 <c>target</c>).
/// </param>
public sealed record ChainTip(U256 PrevHash, uint MinNTime, uint NBits, U256 Target);
