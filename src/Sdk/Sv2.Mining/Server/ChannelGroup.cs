namespace Sv2.Mining.Server;

/// <summary>
/// The channels of one connection that get the same jobs laid out for the same extranonce size, and what they have been
/// sent so far (5.2.3).
/// </summary>
/// <param name="family">The jobs.</param>
/// <param name="fullExtranonceSize">Bytes of prefix and extranonce together.</param>
/// <param name="takesStandardJobs">Whether each member is sent a standard job of its own, and nothing goes to the group.</param>
internal sealed class ChannelGroup(JobFamily family, int fullExtranonceSize, bool takesStandardJobs)
{
    public JobFamily Family { get; } = family;

    public int FullExtranonceSize { get; } = fullExtranonceSize;

    public bool TakesStandardJobs { get; } = takesStandardJobs;

    public uint Id { get; } = IdOf(family, fullExtranonceSize, takesStandardJobs);

    public List<ServerChannel> Members { get; } = [];

    /// <summary>Future jobs sent since the last tip, oldest first.</summary>
    public List<SharedJob> Futures { get; } = [];

    public ChainTip? Tip { get; set; }

    public SharedJob? Active { get; set; }

    /// <summary><see cref="JobFamilyState.Version"/> that the members have.</summary>
    public long AppliedVersion { get; set; } = -1;

    public static uint IdOf(JobFamily family, int fullExtranonceSize, bool takesStandardJobs) =>
        takesStandardJobs ? family.StandardJobsGroupId(fullExtranonceSize) : family.GroupChannelId(fullExtranonceSize);
}
