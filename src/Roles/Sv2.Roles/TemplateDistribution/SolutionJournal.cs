using System.Globalization;
using System.Text.Json;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.Hosting;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>A solution as it lies on disk: enough to send it, also after a restart.</summary>
/// <param name="Provider">The provider whose template it solves.</param>
/// <param name="Message">What to send.</param>
/// <param name="BlockHash">Hash of the block, wire order.</param>
/// <param name="FoundAt">When it was found.</param>
internal sealed record JournalledSolution(ConnectionString Provider, SubmitSolution Message, U256 BlockHash, DateTimeOffset FoundAt);

/// <summary>
/// Solutions that are not known to have arrived, one file each, written whole or not at all. Not thread-safe.
/// </summary>
internal sealed class SolutionJournal
{
    private const string Extension = ".solution.json";
    private readonly string _directory;

    /// <exception cref="RoleException">The directory cannot be made.</exception>
    public SolutionJournal(string directory)
    {
        _directory = directory;
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RoleException($"The folder for solutions, {directory}, cannot be made: {e.Message}", "Make it writable.", e);
        }
    }

    /// <summary>Reads all files. One that cannot be read is reported and left where it is.</summary>
    public List<JournalledSolution> ReadAll(Action<string, Exception> onUnreadable)
    {
        List<JournalledSolution> solutions = [];
        foreach (string path in Directory.EnumerateFiles(_directory, "*" + Extension))
        {
            try
            {
                solutions.Add(Read(JsonDocument.Parse(File.ReadAllBytes(path)).RootElement));
            }
            catch (Exception e) when (e is IOException or JsonException or FormatException or KeyNotFoundException or InvalidOperationException or UnauthorizedAccessException)
            {
                onUnreadable(path, e);
            }
        }
        return solutions;
    }

    /// <summary>Stores a solution; it is on the disk itself when this returns.</summary>
    /// <exception cref="IOException">It could not be stored.</exception>
    public void Write(JournalledSolution solution)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("provider", solution.Provider.ToString());
            json.WriteString("blockHash", solution.BlockHash.ToDisplayString());
            json.WriteString("foundAt", solution.FoundAt.ToString("O", CultureInfo.InvariantCulture));
            json.WriteNumber("templateId", solution.Message.TemplateId);
            json.WriteNumber("version", solution.Message.Version);
            json.WriteNumber("headerTimestamp", solution.Message.HeaderTimestamp);
            json.WriteNumber("headerNonce", solution.Message.HeaderNonce);
            json.WriteString("coinbaseTx", solution.Message.CoinbaseTx.ToString());
            json.WriteEndObject();
        }
        AtomicFile.Write(PathOf(solution.BlockHash), buffer.ToArray());
    }

    /// <summary>Forgets a solution.</summary>
    public void Remove(U256 blockHash) => File.Delete(PathOf(blockHash));

    private string PathOf(U256 blockHash) => Path.Combine(_directory, blockHash.ToDisplayString() + Extension);

    private static JournalledSolution Read(JsonElement json) => new(
        ConnectionString.Parse(json.GetProperty("provider").GetString() ?? ""),
        new SubmitSolution
        {
            TemplateId = json.GetProperty("templateId").GetUInt64(),
            Version = json.GetProperty("version").GetUInt32(),
            HeaderTimestamp = json.GetProperty("headerTimestamp").GetUInt32(),
            HeaderNonce = json.GetProperty("headerNonce").GetUInt32(),
            CoinbaseTx = ByteString.FromHex(json.GetProperty("coinbaseTx").GetString() ?? ""),
        },
        U256.FromDisplayHex(json.GetProperty("blockHash").GetString() ?? ""),
        json.GetProperty("foundAt").GetDateTimeOffset());
}
