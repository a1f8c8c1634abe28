using System.Text.Json.Nodes;
using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain.Rpc;

/// <summary>The positional parameters of a call, read with Bitcoin Core's errors.</summary>
internal readonly struct RpcParameters(JsonArray values)
{
    public static RpcParameters Of(JsonNode? node) => node switch
    {
        null => new([]),
        JsonArray values => new(values),
        _ => throw new RpcFault(RpcFault.InvalidRequest, "Params must be an array"),
    };

    public JsonObject? Object(int index) => Node(index) switch
    {
        null => null,
        JsonObject value => value,
        _ => throw Wrong(index, "object"),
    };

    public string Text(int index) => Node(index) is JsonValue value && value.TryGetValue(out string? text) ? text : throw Wrong(index, "string");

    public int Number(int index) => Node(index) is JsonValue value && value.TryGetValue(out int number) ? number : throw Wrong(index, "number");

    /// <summary>A truth value, which may also be written as 0 or 1.</summary>
    public bool Flag(int index) => Node(index) switch
    {
        null => false,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        JsonValue value when value.TryGetValue(out int number) => number != 0,
        _ => throw Wrong(index, "bool"),
    };

    public byte[] Bytes(int index, string what)
    {
        try
        {
            return Convert.FromHexString(Text(index));
        }
        catch (FormatException)
        {
            throw new RpcFault(RpcFault.Deserialization, $"{what} decode failed");
        }
    }

    public U256 Hash(int index)
    {
        string text = Text(index);
        if (text.Length != 2 * U256.Size || !text.All(char.IsAsciiHexDigit))
            throw new RpcFault(RpcFault.InvalidParameter, $"parameter {index + 1} must be a hash of 64 hexadecimal digits (not '{text}')");
        return U256.FromDisplayHex(text);
    }

    private JsonNode? Node(int index) => index < values.Count ? values[index] : null;

    private static RpcFault Wrong(int index, string type) => new(RpcFault.TypeError, $"JSON value of parameter {index + 1} is not of type {type}");
}
