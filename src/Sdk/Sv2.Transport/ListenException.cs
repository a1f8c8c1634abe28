namespace Sv2.Transport;

/// <summary>A listener could not start. The message is one line that says where and why.</summary>
public sealed class ListenException : IOException
{
    internal ListenException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
