namespace Sv2.Protocol;

/// <summary>What became of a frame that was given to a dispatcher.</summary>
public enum DispatchOutcome : byte
{
    /// <summary>The handler was called.</summary>
    Handled,

    /// <summary>
    /// The dispatcher's protocol has no such message in this direction. For an unknown extension the frame's channel bit
    /// decides: set, it is passed on to the channel's owner; clear, it is ignored (section 3.4.1).
    /// </summary>
    Unknown,

    /// <summary>The payload does not hold the message; the handler was not called.</summary>
    Malformed,
}

/// <summary>Answer of a dispatcher.</summary>
/// <param name="Outcome">What became of the frame.</param>
/// <param name="Message">The message's description, or null when it is unknown.</param>
/// <param name="Error">What is wrong with a malformed payload.</param>
public readonly record struct DispatchResult(DispatchOutcome Outcome, MessageInfo? Message, DecodeError Error)
{
    /// <summary>The handler was called.</summary>
    public static DispatchResult Handled(MessageInfo message) => new(DispatchOutcome.Handled, message, default);

    /// <summary>The protocol has no such message in this direction.</summary>
    public static DispatchResult Unknown => new(DispatchOutcome.Unknown, null, default);

    /// <summary>The payload does not hold the message.</summary>
    public static DispatchResult Malformed(MessageInfo message, DecodeError error) => new(DispatchOutcome.Malformed, message, error);

    /// <summary>A sentence for logs.</summary>
    public override string ToString() => Outcome switch
    {
        DispatchOutcome.Malformed => $"{Message}: {Error}",
        DispatchOutcome.Handled => $"{Message}",
        _ => "unknown message",
    };
}
