using System.Text.Json;
using System.Text.Json.Nodes;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary>A role's configuration in a file: JSON with comments, and a top-level <c>kind</c> that says for which role.</summary>
internal sealed class ConfigurationFile
{
    /// <summary>The key that names the kind.</summary>
    public const string KindKey = "kind";

    private const long BytesMax = 1 << 20;
    private readonly string _path;

    private ConfigurationFile(string path, string? kind, JsonObject configuration) => (_path, Kind, Configuration) = (path, kind, configuration);

    /// <summary>What the file says it is for; null if it does not say.</summary>
    public string? Kind { get; }

    /// <summary>The configuration without the kind.</summary>
    public JsonObject Configuration { get; }

    /// <exception cref="ConfigurationException">The file cannot be read, or is no JSON object.</exception>
    public static ConfigurationFile Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > BytesMax and var length })
                throw new ConfigurationException(path, $"has {length} bytes; a configuration has at most {BytesMax}", "give another file");
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            if (JsonNode.Parse(File.ReadAllBytes(path), documentOptions: options) is not JsonObject json)
                throw new ConfigurationException(path, "holds no JSON object", "see 'sv2 config example KIND'");
            // Enumerating finds keys that are given twice, which JsonObject notices only when it is used.
            _ = json.Count;
            string? kind = json[KindKey]?.ToString();
            json.Remove(KindKey);
            return new ConfigurationFile(path, kind, json);
        }
        catch (JsonException e)
        {
            throw new ConfigurationException(path, $"is no JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}: {e.Message.Split(" LineNumber:", 2)[0]}", "correct it there", e);
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException(path, $"has a key twice: {e.Message}", "remove one of them", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ConfigurationException(path, $"cannot be read: {e.Message}", "check the path and the file's permissions", e);
        }
    }

    /// <exception cref="ConfigurationException">The file is for another kind.</exception>
    public void CheckKind(string wanted)
    {
        if (Kind is not null && Kind != wanted)
            throw new ConfigurationException($"{_path}: {KindKey}", $"'{Kind}' is not '{wanted}'", $"run it with 'sv2 run {Kind}', or give another file");
    }

    /// <summary>Binds the options.</summary>
    /// <exception cref="ConfigurationException">Something is wrong; the keys carry the file's name.</exception>
    public object Bind(IRoleKind kind)
    {
        try
        {
            return OptionsBinder.Bind(kind, Configuration);
        }
        catch (ConfigurationException e)
        {
            throw new ConfigurationException([.. e.Problems.Select(p => p with { Key = $"{_path}: {p.Key}" })], e);
        }
    }
}
