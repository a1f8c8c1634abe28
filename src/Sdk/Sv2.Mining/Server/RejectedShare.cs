namespace Sv2.Mining.Server;

/// <summary>A share that was refused, seen by <see cref="IShareSink.OnRejected"/>.</summary>
public readonly ref struct RejectedShare
{
    /// <summary>The channel it came on; <see langword="null"/> when the channel id is unknown.</summary>
    public ServerChannel? Channel { get; init; }

    /// <summary>The channel id as submitted.</summary>
    public required uint ChannelId { get; init; }

    /// <summary>The client's sequence number.</summary>
    public required uint SequenceNumber { get; init; }

    /// <summary>The job id as submitted.</summary>
    public required uint JobId { get; init; }

    /// <summary>Why; the code on the wire is <see cref="ShareRejectionExtensions.ToErrorCode"/>.</summary>
    public required ShareRejection Reason { get; init; }

    /// <summary>TLV fields that followed the message (3.4.3); not parsed here.</summary>
    public ReadOnlySpan<byte> Tlvs { get; init; }
}
