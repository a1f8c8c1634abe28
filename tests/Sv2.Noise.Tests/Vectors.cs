using System.Text.Json;

namespace Sv2.Noise.Tests;

/// <summary>The test vectors of the BIPs and the derived transcript, from the folder Data.</summary>
internal static class Vectors
{
    /// <summary>A CSV file with a header line, as dictionaries; the last column takes what is left of its line.</summary>
    public static IEnumerable<Dictionary<string, string>> Csv(string file)
    {
        var lines = File.ReadAllLines(Locate(file));
        var names = lines[0].Split(',');
        return lines.Skip(1).Where(line => line.Length > 0)
            .Select(line => names.Zip(line.Split(',', names.Length)).ToDictionary(pair => pair.First, pair => pair.Second));
    }

    public static JsonElement Derived() => JsonDocument.Parse(File.ReadAllText(Locate("derived.json"))).RootElement;

    public static JsonElement Handshake() => Derived().GetProperty("noise_handshake");

    public static byte[] Hex(string text) => Convert.FromHexString(text);

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static string Locate(string file) => Path.Combine(AppContext.BaseDirectory, "Data", file);
}
