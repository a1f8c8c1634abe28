using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Protocol;

namespace Sv2.Roles.MiningDevice;

/// <summary>A range of nonces of one header, for one thread to search.</summary>
/// <param name="Work">What is mined; holds the target.</param>
/// <param name="Header">The header but for the nonce.</param>
/// <param name="Extranonce">The extranonce the header's merkle root was made with; empty on a standard channel.</param>
/// <param name="FirstNonce">First nonce.</param>
/// <param name="Count">How many nonces.</param>
internal readonly record struct SearchSlice(MiningWork Work, BlockHeader Header, ByteString Extranonce, uint FirstNonce, uint Count);

/// <summary>A header that meets its work's target.</summary>
/// <param name="Work">The work.</param>
/// <param name="Header">The header with its nonce.</param>
/// <param name="Extranonce">The extranonce of the merkle root; empty on a standard channel.</param>
/// <param name="Hash">The header's hash.</param>
internal readonly record struct FoundShare(MiningWork Work, BlockHeader Header, ByteString Extranonce, U256 Hash)
{
    /// <summary>Whether it meets the target of the network as well, as far as nbits tell.</summary>
    public bool IsBlock => new CompactTarget(Header.NBits).TryToTarget(out U256 target) && Hash <= target;
}
