using System.Globalization;
using System.Text.Json;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>A solution as it lies on disk: enough to send it, also after a restart.</summary>
/// <param name="Provider">The provider whose template it solves.</param>
/// <param name="Message">What to send.</param>
/// <param name="BlockHash">Hash of the block, wire order.</param>
/// <param name="FoundAt">When it was found.</param>
internal sealed record JournalledSolution(ConnectionString Provider, SubmitSolution Message, U256 BlockHash, DateTimeOffset FoundAt);

/// <summary>
/// Solutions that are not known to have arrived, one file each.
/// </summary>
internal sealed class SolutionJournal(string directory)
{
    private readonly PendingFolder _folder = new(directory, ".solution.json");

    /// <summary>Reads all files. One that cannot be read is reported and left where it is.</summary>
    public List<JournalledSolution> ReadAll(Action<string, Exception> onUnreadable) => _folder.ReadAll(
        bytes =>
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return Read(document.RootElement);
        },
        onUnreadable);

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
        _folder.Write(solution.BlockHash.ToDisplayString(), buffer.ToArray());
    }

    /// <summary>Forgets a solution.</summary>
    public void Remove(U256 blockHash) => _folder.Remove(blockHash.ToDisplayString());

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
