using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

/// <summary>
/// What all connections of a mining server share: limits, extranonces, job ids, policies. Make one per pool (or per
/// downstream side of a proxy) and a <see cref="MiningServerSession"/> per connection. Immutable and thread-safe.
/// </summary>
public sealed class MiningServer
{
    /// <summary>Makes a server.</summary>
    /// <param name="options">Limits and choices.</param>
    /// <param name="jobs">Where jobs and their ids come from.</param>
    /// <param name="extranonces">Where channels' prefixes come from.</param>
    /// <param name="channels">Who may open a channel, and for which payout.</param>
    /// <param name="time">The clock.</param>
    /// <param name="vardiff">Makes each channel's vardiff; <see langword="null"/> for <see cref="Vardiff"/> with its defaults.</param>
    /// <param name="customJobs">Decides about clients' own jobs; <see langword="null"/> refuses them all.</param>
    /// <exception cref="ArgumentException">The options, or the tag together with the extranonce, do not fit.</exception>
    public MiningServer(
        MiningServerOptions options,
        JobFactory jobs,
        ExtranonceAllocator extranonces,
        IChannelPolicy channels,
        TimeProvider time,
        VardiffFactory? vardiff = null,
        ICustomJobPolicy? customJobs = null)
    {
        options.Validate();
        extranonces.Layout.Validate(jobs.Options.CoinbaseTag.Length);
        Options = options;
        Jobs = jobs;
        Extranonces = extranonces;
        Channels = channels;
        Time = time;
        Vardiff = vardiff ?? (interval => new Vardiff(interval, time));
        CustomJobs = customJobs;
    }

    /// <summary>Limits and choices.</summary>
    public MiningServerOptions Options { get; }

    /// <summary>Where jobs and their ids come from.</summary>
    public JobFactory Jobs { get; }

    /// <summary>Where channels' prefixes come from.</summary>
    public ExtranonceAllocator Extranonces { get; }

    /// <summary>Who may open a channel.</summary>
    public IChannelPolicy Channels { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Makes each channel's vardiff.</summary>
    public VardiffFactory Vardiff { get; }

    /// <summary>Decides about clients' own jobs.</summary>
    public ICustomJobPolicy? CustomJobs { get; }

    /// <summary>The flags a client may set in <c>SetupConnection</c>; others are answered with <c>unsupported-feature-flags</c> (5.3.1).</summary>
    public MiningSetupFlags SupportedFlags
    {
        get
        {
            MiningSetupFlags flags = MiningSetupFlags.RequiresStandardJobs;
            if (CustomJobs is not null)
                flags |= MiningSetupFlags.RequiresWorkSelection;
            if (Jobs.Options.VersionRollingAllowed)
                flags |= MiningSetupFlags.RequiresVersionRolling;
            // A client that cannot take extended jobs needs standard channels.
            return Options.StandardChannels ? flags : flags & ~MiningSetupFlags.RequiresStandardJobs;
        }
    }

    /// <summary>The flags of <c>SetupConnection.Success</c> (5.3.1).</summary>
    public MiningSetupSuccessFlags SuccessFlags =>
        (Jobs.Options.VersionRollingAllowed ? 0 : MiningSetupSuccessFlags.RequiresFixedVersion)
        | (Options.StandardChannels ? 0 : MiningSetupSuccessFlags.RequiresExtendedChannels);

    /// <summary>Makes the session of one connection whose setup is done.</summary>
    /// <param name="clientFlags">The flags the client set in <c>SetupConnection</c>.</param>
    /// <param name="output">Where frames to the client go.</param>
    /// <param name="shares">Where share outcomes go.</param>
    /// <returns>The session.</returns>
    public MiningServerSession CreateSession(MiningSetupFlags clientFlags, IMiningOutput output, IShareSink shares) =>
        new(this, clientFlags, output, shares);
}
