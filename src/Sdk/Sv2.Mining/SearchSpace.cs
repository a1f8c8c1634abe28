namespace Sv2.Mining;

/// <summary>How many different headers a channel can hash before its nTime must move (5.1.1, 5.2.2).</summary>
public static class SearchSpace
{
    /// <summary>Bits of the nonce.</summary>
    public const int NonceBits = 32;

    /// <summary>Rollable version bits: those of 0x1fffffe0 (BIP 323).</summary>
    public const int VersionBits = 24;

    /// <summary>Base-2 logarithm of the headers per nTime value.</summary>
    /// <param name="extranonceSize">Bytes of extranonce the client rolls; 0 on a standard channel.</param>
    /// <param name="versionRollingAllowed">Whether jobs allow version rolling.</param>
    /// <returns>32 to 312; 56 for a standard channel with version rolling, about 72 PH.</returns>
    public static int Bits(int extranonceSize, bool versionRollingAllowed = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(extranonceSize);
        return NonceBits + (versionRollingAllowed ? VersionBits : 0) + 8 * extranonceSize;
    }

    /// <summary>
    /// How long a channel can hash at this rate before its nTime must move. Under a second the nTime runs ahead of true
    /// time, and the channel needs new merkle roots more often or several channels (item 342).
    /// </summary>
    /// <param name="hashRate">Hashes a second.</param>
    /// <param name="extranonceSize">Bytes of extranonce the client rolls.</param>
    /// <param name="versionRollingAllowed">Whether jobs allow version rolling.</param>
    /// <returns>Seconds; infinite when nothing hashes.</returns>
    public static double SecondsPerNTime(double hashRate, int extranonceSize, bool versionRollingAllowed = true) =>
        hashRate > 0 ? Math.ScaleB(1, Bits(extranonceSize, versionRollingAllowed)) / hashRate : double.PositiveInfinity;
}
