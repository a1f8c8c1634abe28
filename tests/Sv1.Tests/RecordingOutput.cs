using System.Text;
using System.Text.Json.Nodes;

namespace Sv1.Tests;

/// <summary>Keeps the lines that a session sends.</summary>
internal sealed class RecordingOutput : ISv1Output
{
    public List<string> Lines { get; } = [];

    public bool Send(ReadOnlySpan<byte> lines)
    {
        string text = Encoding.UTF8.GetString(lines);
        Assert.EndsWith("\n", text);
        Lines.AddRange(text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return true;
    }

    /// <summary>The lines since the last call, as JSON.</summary>
    public List<JsonObject> Take()
    {
        List<JsonObject> taken = [.. Lines.Select(line => JsonNode.Parse(line)!.AsObject())];
        Lines.Clear();
        return taken;
    }

    /// <summary>The lines since the last call in short: a method's name, or what a response says.</summary>
    public List<string> TakeKinds() => [.. Take().Select(static line =>
        line["method"]?.GetValue<string>() ?? $"{line["id"]?.ToJsonString() ?? "null"}:{(line["error"] is { } error ? $"error {error[0]}" : line["result"]!.GetValueKind())}")];
}
