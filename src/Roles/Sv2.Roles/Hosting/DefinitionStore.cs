using System.Text.Json;

namespace Sv2.Roles.Hosting;

/// <summary>Keeps definitions as <c>roles/NAME/instance.json</c> in the data folder, readable and editable by hand.</summary>
internal sealed class DefinitionStore(string dataDirectory)
{
    private static readonly JsonSerializerOptions Json = new(RoleJson.Wire)
    {
        WriteIndented = true,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    private readonly string _roles = Path.Combine(dataDirectory, "roles");

    /// <summary>An instance's own folder.</summary>
    public string FolderOf(string name) => Path.Combine(_roles, name);

    /// <summary>Where an instance's definition is.</summary>
    public string FileOf(string name) => Path.Combine(FolderOf(name), "instance.json");

    public void Save(RoleDefinition definition)
    {
        DataFolder.MakeFolder(FolderOf(definition.Name));
        AtomicFile.Write(FileOf(definition.Name), JsonSerializer.SerializeToUtf8Bytes(definition, Json));
    }

    /// <summary>Forgets the definition; the folder stays, with the keys and the history in it.</summary>
    public void Delete(string name) => File.Delete(FileOf(name));

    /// <exception cref="ConfigurationException">A file cannot be read.</exception>
    public IReadOnlyList<RoleDefinition> Load()
    {
        if (!Directory.Exists(_roles))
            return [];
        return
        [
            .. Directory.EnumerateDirectories(_roles)
                .Select(folder => Path.Combine(folder, "instance.json"))
                .Where(File.Exists)
                .Select(Read)
                .OrderBy(d => d.Order).ThenBy(d => d.Name, StringComparer.Ordinal),
        ];
    }

    private static RoleDefinition Read(string file)
    {
        try
        {
            RoleDefinition definition = JsonSerializer.Deserialize<RoleDefinition>(File.ReadAllBytes(file), Json)
                ?? throw new JsonException("the file holds null");
            string folder = Path.GetFileName(Path.GetDirectoryName(file)!);
            return definition.Name == folder
                ? definition
                : throw new JsonException($"the name '{definition.Name}' differs from the folder's");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(file, e.Message.Split(" Path: ", 2)[0], "repair the file, or delete it to forget this instance", e);
        }
    }
}
