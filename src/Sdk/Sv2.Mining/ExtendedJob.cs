using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining;

/// <summary>
/// An extended job (5.1.2): what makes a merkle root out of an extranonce. Both ends of a channel, and every proxy between
/// them, compute roots with it; that is also the whole conversion of an extended job into standard ones (5.1.2.1).
/// Immutable.
/// </summary>
/// <param name="Version">nVersion of the header.</param>
/// <param name="VersionRollingAllowed">Whether the bits of <see cref="BlockHeader.VersionRollingMask"/> may differ from <paramref name="Version"/>.</param>
/// <param name="MerklePath">Siblings of the coinbase, deepest first.</param>
/// <param name="CoinbasePrefix"><c>coinbase_tx_prefix</c>, without BIP 141 fields.</param>
/// <param name="CoinbaseSuffix"><c>coinbase_tx_suffix</c>, without BIP 141 fields.</param>
public sealed record ExtendedJob(
    uint Version,
    bool VersionRollingAllowed,
    Seq<U256> MerklePath,
    ByteString CoinbasePrefix,
    ByteString CoinbaseSuffix)
{
    /// <summary>The version bits a share may change.</summary>
    public uint VersionMask => VersionRollingAllowed ? BlockHeader.VersionRollingMask : 0;

    /// <summary>
    /// The merkle root for one extranonce: coinbase put together, hashed, folded with the path (5.3.16).
    /// Allocates nothing for coinbases up to 2 KiB.
    /// </summary>
    /// <param name="extranoncePrefix">The channel's extranonce prefix; all there is on a standard channel.</param>
    /// <param name="extranonce">The client's part; empty on a standard channel.</param>
    /// <returns>The root as it stands in the header. Sizes are the caller's to check.</returns>
    public U256 MerkleRoot(ReadOnlySpan<byte> extranoncePrefix, ReadOnlySpan<byte> extranonce = default) =>
        Bitcoin.MerklePath.Fold(CoinbaseTxid(extranoncePrefix, extranonce), MerklePath.AsSpan());

    /// <summary>The txid of the coinbase for one extranonce: where the fold begins.</summary>
    internal U256 CoinbaseTxid(ReadOnlySpan<byte> extranoncePrefix, ReadOnlySpan<byte> extranonce) =>
        CoinbaseSplit.Txid(CoinbasePrefix.Span, extranoncePrefix, extranonce, CoinbaseSuffix.Span);
}
