using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Tests.Support;

namespace Sv2.ControlPlane.Tests.Web;

/// <summary>
/// The REST API changes on purpose only: what clients can see of it, without the descriptions, is as it was last agreed.
/// After a change that is meant: <c>SV2_UPDATE_SNAPSHOTS=1 dotnet test tests/Sv2.ControlPlane.Tests --filter OpenApiSnapshot</c>.
/// </summary>
public class OpenApiSnapshotTests
{
    private const string FileName = "openapi.json";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 1 };
    private static readonly string[] Words = ["description", "summary", "title"];

    [Fact]
    public async Task The_document_is_as_it_was_agreed()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        JsonNode document = await app.GetAsync("swagger/v1/swagger.json");
        string present = Normalize(document)!.ToJsonString(Indented).ReplaceLineEndings("\n") + "\n";
        string file = Path.Combine(Folder(), FileName);
        if (Environment.GetEnvironmentVariable("SV2_UPDATE_SNAPSHOTS") == "1")
            await File.WriteAllTextAsync(file, present);
        string[] agreed = (await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n").Split('\n');
        string[] lines = present.Split('\n');
        int line = Enumerable.Range(0, Math.Min(agreed.Length, lines.Length)).FirstOrDefault(i => agreed[i] != lines[i], Math.Min(agreed.Length, lines.Length));
        Assert.True(agreed.SequenceEqual(lines), $"The API has changed at line {line + 1} of {FileName}: '{agreed.ElementAtOrDefault(line)?.Trim()}' became '{lines.ElementAtOrDefault(line)?.Trim()}'. If that is meant, run this test with SV2_UPDATE_SNAPSHOTS=1.");
    }

    /// <summary>Without words and in the order of names, so that only what clients depend on counts.</summary>
    private static JsonNode? Normalize(JsonNode? node, bool isNames = false) => node switch
    {
        JsonObject o => new JsonObject(o
            .Where(p => isNames || !(Words.Contains(p.Key) && p.Value is JsonValue))
            .OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => KeyValuePair.Create(p.Key, Normalize(p.Value, p.Key is "properties" or "schemas" or "paths")))),
        JsonArray a => new JsonArray([.. a.Select(item => Normalize(item))]),
        _ => node?.DeepClone(),
    };

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
