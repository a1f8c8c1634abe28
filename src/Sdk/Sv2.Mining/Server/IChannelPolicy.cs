using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>What a client asked for when opening a channel (5.3.2, 5.3.4).</summary>
public readonly ref struct ChannelRequest
{
    /// <summary>Standard or extended.</summary>
    public required ChannelKind Kind { get; init; }

    /// <summary>The identity as sent: any bytes, UTF-8 by recommendation. Valid during the call only.</summary>
    public required ReadOnlySpan<byte> UserIdentity { get; init; }

    /// <summary>Hashes a second; finite and not negative, 0 when nothing hashes yet.</summary>
    public required float NominalHashRate { get; init; }

    /// <summary>The easiest target the client accepts; not zero.</summary>
    public required U256 MaxTarget { get; init; }
}

/// <summary>The answer to a <see cref="ChannelRequest"/>.</summary>
public readonly record struct ChannelDecision
{
    /// <summary>The jobs the channel gets; <see langword="null"/> when it is refused.</summary>
    public JobFamily? Family { get; private init; }

    /// <summary>The code the client is told; <see langword="null"/> when it is accepted.</summary>
    public string? ErrorCode { get; private init; }

    /// <summary>Whatever the owner wants to find again in <see cref="ServerChannel.Tag"/>.</summary>
    public object? Tag { get; private init; }

    /// <summary>Share interval for this channel in place of the server's; <see langword="null"/> for the server's.</summary>
    public TimeSpan? ShareInterval { get; init; }

    /// <summary>Accepts the channel and feeds it from <paramref name="family"/>.</summary>
    /// <param name="family">Payout and jobs of the channel.</param>
    /// <param name="tag">See <see cref="Tag"/>.</param>
    /// <returns>The decision.</returns>
    public static ChannelDecision Accept(JobFamily family, object? tag = null) => new() { Family = family, Tag = tag };

    /// <summary>Whether the answer is left to the session's owner.</summary>
    public bool IsDeferred { get; private init; }

    /// <summary>
    /// Leaves the answer to the session's owner: a proxy that has to ask its own upstream first. The owner hears of it by
    /// <see cref="IShareSink.OnOpenDeferred"/>.
    /// </summary>
    /// <param name="tag">See <see cref="Tag"/>.</param>
    /// <returns>The decision.</returns>
    public static ChannelDecision Defer(object? tag = null) => new() { IsDeferred = true, Tag = tag };

    /// <summary>Refuses the channel.</summary>
    /// <param name="errorCode">Printable ASCII, at most 255 bytes; see <see cref="MiningErrorCodes"/>.</param>
    /// <returns>The decision.</returns>
    public static ChannelDecision Refuse(string errorCode) => new() { ErrorCode = errorCode };
}

/// <summary>
/// Decides who may open a channel and which payout it mines for (solo mode by address, sub-accounts, bans).
/// Pool-wide; called by several sessions at once.
/// </summary>
public interface IChannelPolicy
{
    /// <summary>Decides about one channel. Called after the request's numbers were checked; must not block.</summary>
    /// <param name="request">What the client asked for.</param>
    /// <returns>The decision.</returns>
    ChannelDecision OnOpen(in ChannelRequest request);
}
