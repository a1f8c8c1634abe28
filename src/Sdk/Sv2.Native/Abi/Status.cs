namespace Sv2.Native.Abi;

/// <summary>What every function answers: <c>sv2_status</c> of the header. 0 and above is no error.</summary>
internal enum Status
{
    Ok = 0,
    None = 1,
    Argument = -1,
    Buffer = -2,
    Handle = -3,
    State = -4,
    Truncated = -5,
    Malformed = -6,
    UnknownMessage = -7,
    Format = -8,
    Authentication = -9,
    Certificate = -10,
    Stale = -11,
    Closed = -12,
    Limit = -13,
    Memory = -14,
    Unsupported = -15,
    Internal = -16,
}

internal static class StatusTexts
{
    /// <summary>A short text for a status, with a zero byte behind it, in memory that never moves.</summary>
    public static ReadOnlySpan<byte> Of(Status status) => status switch
    {
        Status.Ok => "ok"u8,
        Status.None => "nothing there"u8,
        Status.Argument => "an argument is null or out of range"u8,
        Status.Buffer => "the buffer is too small"u8,
        Status.Handle => "the handle is null, freed, or of another kind"u8,
        Status.State => "called in the wrong order"u8,
        Status.Truncated => "more bytes are needed"u8,
        Status.Malformed => "the bytes do not hold the message"u8,
        Status.UnknownMessage => "the message is unknown"u8,
        Status.Format => "the text cannot be read"u8,
        Status.Authentication => "the bytes are not what the peer sent"u8,
        Status.Certificate => "the server's certificate is not acceptable"u8,
        Status.Stale => "the job has ended or the channel is closed"u8,
        Status.Closed => "the connection is over"u8,
        Status.Limit => "a limit is reached"u8,
        Status.Memory => "out of memory"u8,
        Status.Unsupported => "the system lacks something that is needed"u8,
        Status.Internal => "an error inside the library"u8,
        _ => "unknown status"u8,
    };
}
