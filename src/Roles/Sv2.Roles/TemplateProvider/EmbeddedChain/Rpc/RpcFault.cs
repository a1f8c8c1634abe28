namespace Sv2.Roles.TemplateProvider.EmbeddedChain.Rpc;

/// <summary>A call is answered with an error, in Bitcoin Core's codes.</summary>
internal sealed class RpcFault(int code, string message) : Exception(message)
{
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int ParseError = -32700;
    public const int Misc = -1;
    public const int InvalidAddressOrKey = -5;
    public const int InvalidParameter = -8;
    public const int Deserialization = -22;
    public const int VerifyRejected = -26;
    public const int TypeError = -3;

    public int Code { get; } = code;
}
