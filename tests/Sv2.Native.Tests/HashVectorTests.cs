using System.Globalization;
using System.Text.Json;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Native.Tests;

/// <summary>Hashes and targets through the ABI.</summary>
public sealed class HashVectorTests
{
    private static readonly JsonElement Vector = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "vectors.json"))).RootElement.GetProperty("derived_vectors").GetProperty("coinbase_merkle");

    [NativeFact]
    public async Task Merkle_root_and_hash_are_those_of_the_vector()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        JsonElement job = Vector.GetProperty("NewExtendedMiningJob");
        JsonElement header = Vector.GetProperty("header");
        string path = string.Concat(Vector.GetProperty("merkle_path").EnumerateArray().Select(step => step.GetString()));

        Assert.Equal(Text(Vector, "merkle_root_wire_hex"), await shell.OkAsync(
            $"merkle {Text(job, "coinbase_tx_prefix_hex")} {Text(Vector, "extranonce_prefix_hex")} {Text(Vector, "extranonce_hex")} {Text(job, "coinbase_tx_suffix_hex")} {path}"));
        Assert.Equal(Text(Vector, "coinbase_txid_internal_hex"), await shell.OkAsync($"hash {Text(Vector, "coinbase_without_witness_hex")}"));
        Assert.Equal(Text(header, "block_hash_internal_hex"), await shell.OkAsync($"hash {Text(header, "header80_hex")}"));
        string target = Text(header, "block_hash_display_hex");
        string nonce = header.GetProperty("nonce").GetUInt32().ToString(CultureInfo.InvariantCulture);
        Assert.Equal(nonce, await shell.OkAsync($"search {Text(header, "header80_hex")} {nonce} 1 {target}"));
    }

    [NativeTheory]
    [InlineData("1d00ffff")]
    [InlineData("170331db")]
    [InlineData("207fffff")]
    public async Task Targets_are_those_of_the_sdk(string nBits)
    {
        using AbiShell shell = await AbiShell.StartAsync();
        U256 target = new CompactTarget(Convert.ToUInt32(nBits, 16)).ToTarget();
        string expected = string.Create(CultureInfo.InvariantCulture, $"{target.ToDisplayString()} {nBits} {Target.Difficulty(target):R} {Target.HashesPerShare(target):R}");

        Assert.Equal(Numbers(expected), Numbers(await shell.OkAsync($"target nbits {nBits}")));
    }

    [NativeFact]
    public async Task Targets_of_difficulties_and_hash_rates_are_those_of_the_sdk()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        foreach (double difficulty in new[] { 1, 0.001, 16384, 1e12 })
            Assert.StartsWith(Target.FromDifficulty(difficulty).ToDisplayString(), await shell.OkAsync($"target difficulty {difficulty.ToString(CultureInfo.InvariantCulture)}"), StringComparison.Ordinal);
        Assert.StartsWith(Target.FromHashRate(1e12, TimeSpan.FromSeconds(10)).ToDisplayString(), await shell.OkAsync("target rate 1e12 10"), StringComparison.Ordinal);
        Assert.StartsWith("error -8", await shell.AskAsync("target nbits ffffffff"), StringComparison.Ordinal);
        Assert.StartsWith("error -8", await shell.AskAsync("target hex 12"), StringComparison.Ordinal);
    }

    // C prints all digits, .NET the fewest: compared as numbers.
    private static (string, string, double, double) Numbers(string line)
    {
        string[] parts = line.Split(' ');
        return (parts[0], parts[1], double.Parse(parts[2], CultureInfo.InvariantCulture), double.Parse(parts[3], CultureInfo.InvariantCulture));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
