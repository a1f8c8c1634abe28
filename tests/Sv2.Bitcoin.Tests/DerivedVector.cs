using System.Text.Json;
using Sv2.Protocol;

namespace Sv2.Bitcoin.Tests;

/// <summary>The section <c>coinbase_merkle</c> of Data/derived.json: a coinbase in all its forms and the header made of it.</summary>
internal static class DerivedVector
{
    private static readonly JsonElement Root = Load();

    public static string Text(params ReadOnlySpan<string> path) => Find(path).GetString()!;

    public static byte[] Bytes(params ReadOnlySpan<string> path) => Convert.FromHexString(Text(path));

    public static uint Number(params ReadOnlySpan<string> path) => Find(path).GetUInt32();

    public static U256[] MerklePath() => [.. Root.GetProperty("merkle_path").EnumerateArray().Select(step => U256.FromWireHex(step.GetString()!))];

    public static CoinbaseTemplate Template()
    {
        Assert.True(TxOutput.TryReadPrefixed(Bytes("outputs_compactsize_prefixed_hex"), out TxOutput[] outputs, out string? error), error);
        return new CoinbaseTemplate
        {
            Version = Number("coinbase_tx_version"),
            CoinbasePrefix = Bytes("coinbase_prefix_hex"),
            Sequence = Number("coinbase_tx_input_nSequence"),
            Outputs = outputs,
            LockTime = Number("coinbase_tx_locktime"),
        };
    }

    private static JsonElement Find(ReadOnlySpan<string> path)
    {
        JsonElement element = Root;
        foreach (string name in path)
            element = element.GetProperty(name);
        return element;
    }

    private static JsonElement Load()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "derived.json")));
        return document.RootElement.GetProperty("derived_vectors").GetProperty("coinbase_merkle").Clone();
    }
}
