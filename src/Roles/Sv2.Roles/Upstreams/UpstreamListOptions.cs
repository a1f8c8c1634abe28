using Sv2.Mining;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Roles.Upstreams;

/// <summary>What a role asks of its pools. Made by the role from its own options.</summary>
public sealed record UpstreamListOptions
{
    /// <summary>The pools in order of preference; at least one.</summary>
    public required IReadOnlyList<UpstreamPool> Pools { get; init; }

    /// <summary>The role's kind, such as <c>mining-proxy</c>: told to pools as firmware, and named in logs.</summary>
    public required string Role { get; init; }

    /// <summary>When and how to switch.</summary>
    public SwitchingOptions Switching { get; init; } = new();

    /// <summary>
    /// Flags of <c>SetupConnection</c> (5.3.1). A proxy must not set REQUIRES_STANDARD_JOBS: it would get no group and no
    /// extended jobs.
    /// </summary>
    public MiningSetupFlags Flags { get; init; }

    /// <summary>Extensions to ask for.</summary>
    public IReadOnlyList<ushort> RequestedExtensions { get; init; } = [];

    /// <summary>Identifier of the device that pools are told; empty for none, which is what privacy asks for.</summary>
    public string DeviceId { get; init; } = "";

    /// <summary>
    /// The channel that every connection opens for itself; null for none, where the role opens all channels. With it a
    /// connection counts as ready when that channel has work, without it as soon as it is set up.
    /// </summary>
    public OwnChannel? Channel { get; init; }
}

/// <summary>The channel that a connection to a pool opens for itself.</summary>
public sealed record OwnChannel
{
    /// <summary>Standard or extended.</summary>
    public ChannelKind Kind { get; init; } = ChannelKind.Extended;

    /// <summary>Least bytes of extranonce on an extended channel: the role's own and those of its miners.</summary>
    public ushort MinExtranonceSize { get; init; } = 8;

    /// <summary>The easiest target the miners can work with.</summary>
    public U256 MaxTarget { get; init; } = U256.MaxValue;

    /// <summary>Says why an opened channel cannot be used, in plain words; null where it can. Null: every channel can.</summary>
    public Func<Sv2.Mining.Client.ClientChannel, string?>? Fault { get; init; }
}
