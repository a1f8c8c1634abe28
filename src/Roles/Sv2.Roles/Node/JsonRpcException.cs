namespace Sv2.Roles.Node;

/// <summary>A node answered a call with an error.</summary>
internal sealed class JsonRpcException(int code, string message) : Exception(message)
{
    /// <summary>The block or transaction could not be decoded.</summary>
    public const int DeserializationError = -22;

    /// <summary>Bitcoin Core's error code.</summary>
    public int Code { get; } = code;
}
