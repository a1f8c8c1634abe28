using System.Buffers.Binary;
using Sv2.Roles.Hosting;

namespace Sv2.Roles.JobDeclaration;

/// <summary>
/// The used tokens on disk, so that the pool knows them again after a restart: 24 bytes for each, its id and when it expires. A
/// record is with the operating system before the job is answered, so that killing the pool loses none. Written anew when most of
/// it has expired. One thread at a time.
/// </summary>
internal sealed class UsedTokenFile : IDisposable
{
    private const int RecordSize = 24;
    private const int ExpiredMax = 4_096;

    private readonly string _path;
    private FileStream _stream;
    private long _records;

    private UsedTokenFile(string path, FileStream stream, long records)
    {
        _path = path;
        _stream = stream;
        _records = records;
    }

    private static ReadOnlySpan<byte> Header => "sv2/used-tokens/1\n\0\0\0\0\0\0"u8;

    /// <summary>Opens or makes the file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="tokens">What it holds, the expired among them.</param>
    /// <exception cref="RoleException">It cannot be opened, or is something else.</exception>
    public static UsedTokenFile Open(string path, out IReadOnlyList<(UInt128 Id, long ExpiresAt)> tokens)
    {
        try
        {
            AtomicFile.TryCreate(path, Header);
            byte[] bytes = File.ReadAllBytes(path);
            if (!bytes.AsSpan().StartsWith(Header)) throw new RoleException($"{path} is no list of used tokens", "move it away");
            tokens = Read(bytes.AsSpan(Header.Length));
            // What a power cut left of the last record is written over.
            return new UsedTokenFile(path, OpenAfter(path, tokens.Count), tokens.Count);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RoleException($"The list of used tokens {path} cannot be opened: {e.Message}", "make it readable and writable", e);
        }
    }

    /// <summary>Adds a token.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Append(UInt128 id, long expiresAt)
    {
        Span<byte> record = stackalloc byte[RecordSize];
        Write(record, id, expiresAt);
        _stream.Write(record);
        _records++;
    }

    /// <summary>Whether it should be written anew.</summary>
    /// <param name="alive">Tokens that have not expired.</param>
    public bool IsMostlyExpired(int alive) => _records > (2L * alive) + ExpiredMax;

    /// <summary>Writes it anew with these tokens alone.</summary>
    /// <exception cref="IOException">It could not be written; the old one is as it was.</exception>
    public void Replace(IReadOnlyCollection<(UInt128 Id, long ExpiresAt)> tokens)
    {
        byte[] bytes = new byte[Header.Length + (tokens.Count * RecordSize)];
        Header.CopyTo(bytes);
        Span<byte> rest = bytes.AsSpan(Header.Length);
        foreach ((UInt128 id, long expiresAt) in tokens)
        {
            Write(rest, id, expiresAt);
            rest = rest[RecordSize..];
        }

        AtomicFile.Write(_path, bytes);
        FileStream stream = OpenAfter(_path, tokens.Count);
        _stream.Dispose();
        (_stream, _records) = (stream, tokens.Count);
    }

    /// <inheritdoc />
    public void Dispose() => _stream.Dispose();

    private static FileStream OpenAfter(string path, int records)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        stream.SetLength(Header.Length + ((long)records * RecordSize));
        stream.Seek(0, SeekOrigin.End);
        return stream;
    }

    private static List<(UInt128 Id, long ExpiresAt)> Read(ReadOnlySpan<byte> records)
    {
        List<(UInt128, long)> tokens = new(records.Length / RecordSize);
        for (; records.Length >= RecordSize; records = records[RecordSize..])
            tokens.Add((BinaryPrimitives.ReadUInt128LittleEndian(records), BinaryPrimitives.ReadInt64LittleEndian(records[16..])));
        return tokens;
    }

    private static void Write(Span<byte> record, UInt128 id, long expiresAt)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(record, id);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], expiresAt);
    }
}
