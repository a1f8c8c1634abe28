using System.Security.Cryptography;

namespace Sv2.Native.Abi;

/// <summary>Turns what went wrong into a status, and keeps its text for <c>sv2_last_error</c>.</summary>
internal static class Failure
{
    public static Status With(Status status, string text)
    {
        LastError.Set(text);
        return status;
    }

    public static Status Null(string argument) => With(Status.Argument, $"{argument} is NULL");

    public static Status Handle(string kind) => With(Status.Handle, $"{kind}: the handle is NULL, freed, or of another kind");

    public static Status Buffer(string argument, long needed, nuint capacity) =>
        With(Status.Buffer, $"{argument}: {needed} bytes are needed, there is room for {capacity}");

    /// <summary>No exception crosses the boundary: each becomes a status.</summary>
    public static Status From(Exception exception) => With(StatusOf(exception), exception.Message);

    private static Status StatusOf(Exception exception) => exception switch
    {
        OutOfMemoryException => Status.Memory,
        PlatformNotSupportedException or DllNotFoundException => Status.Unsupported,
        TypeInitializationException { InnerException: { } inner } => StatusOf(inner),
        FormatException => Status.Format,
        ObjectDisposedException => Status.Handle,
        ArgumentException or CryptographicException or OverflowException => Status.Argument,
        InvalidOperationException => Status.State,
        _ => Status.Internal,
    };
}
