using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>A channel that a client asked for and that waits for the owner's answer.</summary>
public sealed record DeferredOpen
{
    /// <summary>Its number in the session; what the answer is given under.</summary>
    public required long Ticket { get; init; }

    /// <summary>Standard or extended.</summary>
    public required ChannelKind Kind { get; init; }

    /// <summary>The identity as sent.</summary>
    public required Text UserIdentity { get; init; }

    /// <summary>Hashes a second; finite and not negative.</summary>
    public required float NominalHashRate { get; init; }

    /// <summary>The easiest target the client accepts; not zero.</summary>
    public required U256 MaxTarget { get; init; }

    /// <summary>Least bytes of extranonce; 0 for a standard channel.</summary>
    public required int MinExtranonceSize { get; init; }

    /// <summary>What the policy attached.</summary>
    public object? Tag { get; init; }

    /// <summary>The client's number of the request.</summary>
    internal uint RequestId { get; init; }

    internal TimeSpan? ShareInterval { get; init; }

    internal IVardiff? Vardiff { get; init; }
}
