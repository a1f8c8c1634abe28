namespace Sv2.Mining.Server;

/// <summary>
/// The channels of one connection that get the same jobs laid out for the same extranonce size, and what they have been
/// sent so far (5.2.3).
/// </summary>
internal sealed class ChannelGroup(JobFamily family, int fullExtranonceSize)
{
    public JobFamily Family { get; } = family;

    public int FullExtranonceSize { get; } = fullExtranonceSize;

    public uint Id { get; } = family.GroupChannelId(fullExtranonceSize);

    public List<ServerChannel> Members { get; } = [];

    /// <summary>Future jobs sent since the last tip, oldest first.</summary>
    public List<SharedJob> Futures { get; } = [];

    public ChainTip? Tip { get; set; }

    public SharedJob? Active { get; set; }

    /// <summary><see cref="JobFamilyState.Version"/> that the members have.</summary>
    public long AppliedVersion { get; set; } = -1;
}
