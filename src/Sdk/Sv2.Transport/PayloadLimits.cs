namespace Sv2.Transport;

/// <summary>
/// Default limits on the payload of a received frame, in bytes. The header allows 16 777 215 (§3.2); nobody should
/// have to hold that for a peer.
/// </summary>
public static class PayloadLimits
{
    /// <summary>
    /// Until the session is set up: <c>SetupConnection</c> takes at most 1 291 bytes, and a <c>RequestExtensions</c>
    /// of this size still names 2 046 extensions.
    /// </summary>
    public const int BeforeSetup = 4096;

    /// <summary>
    /// The mining protocol: <c>NewExtendedMiningJob</c> with both coinbase parts full (2 × 64 KiB) and 255 merkle nodes
    /// takes about 140 KB.
    /// </summary>
    public const int Mining = 256 * 1024;

    /// <summary>
    /// Job declaration and template distribution: all transactions of a full block (at most 4 000 000 bytes) with a
    /// three-byte length each, and room for the other fields.
    /// </summary>
    public const int FullBlock = 4_456_448;

    /// <summary>What the header's 24-bit length can say.</summary>
    public const int Header = 0xFF_FFFF;
}
