using System.Text.Json;

namespace Sv2.Roles.Ledger;

/// <summary>
/// A small file beside the ledger that holds block records between the moment they are known and their commit.
/// Writing a line takes microseconds, so the miner's thread can do it before the solution leaves the process: a process
/// killed in between has still told the ledger. Lines are booked again on opening, which changes nothing where they
/// were booked already; the file is emptied once nothing waits.
/// </summary>
internal sealed class BlockJournal : IDisposable
{
    private readonly FileStream _file;

    public BlockJournal(string path)
    {
        // No buffer: a returned write is with the operating system, which outlives the process.
        // Not shared: a second process on the same ledger is told so here.
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
    }

    /// <summary>The records left by an earlier run. A line torn by a power cut ends the reading.</summary>
    public List<BlockRecord> Read()
    {
        _file.Position = 0;
        var records = new List<BlockRecord>();
        using var reader = new StreamReader(_file, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            if (!TryParse(line, out BlockRecord record)) break;
            records.Add(record);
        }

        _file.Position = _file.Length;
        return records;
    }

    /// <summary>Adds one line.</summary>
    public void Append(BlockRecord record) => _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(record), (byte)'\n']);

    /// <summary>Forgets everything: all of it has been committed.</summary>
    public void Clear()
    {
        if (_file.Length > 0) _file.SetLength(0);
        _file.Position = 0;
    }

    public void Dispose() => _file.Dispose();

    private static bool TryParse(string line, out BlockRecord record)
    {
        try
        {
            record = JsonSerializer.Deserialize<BlockRecord>(line);
            return record.Found is not null || record.Change is not null;
        }
        catch (JsonException)
        {
            record = default;
            return false;
        }
    }
}
