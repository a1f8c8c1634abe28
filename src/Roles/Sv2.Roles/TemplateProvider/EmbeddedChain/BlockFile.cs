using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>What a record of the block file says.</summary>
internal enum BlockRecordKind : byte
{
    /// <summary>A serialized block that passed every check that could be made when it came.</summary>
    Block = 1,

    /// <summary>The hash of a block that an operator declared invalid.</summary>
    Invalidation = 2,
}

/// <summary>
/// The chain on disk: an append-only file of length-prefixed, checksummed records. A record is on the disk itself before
/// <see cref="Append"/> returns. What a crash left half-written at the end is cut off when the file is next opened; damage
/// anywhere else is reported, never guessed over.
/// </summary>
/// <remarks>
/// File: magic (8), format (4), genesis hash (32). Record: magic (4), kind (1), payload length (4), payload, first 8 bytes of
/// SHA-256 over kind, length and payload. Numbers are little-endian.
/// </remarks>
internal sealed partial class BlockFile : IDisposable
{
    private const int Format = 1;
    private const int FileHeaderSize = 8 + sizeof(int) + U256.Size;
    private const int RecordHeaderSize = 4 + 1 + sizeof(int);
    private const int ChecksumSize = 8;
    private const int PayloadBytesMax = 4_000_000;
    private const int TornBytesMax = 8 * 1024 * 1024;
    private const int DigestBytes = 256 * 1024;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly ILogger _logger;
    private readonly CheckedMark _mark;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _digested;
    private bool _isReplayed;
    private long _length;

    private BlockFile(SafeFileHandle file, string path, long length, ILogger logger)
    {
        _file = file;
        _path = path;
        _length = length;
        _logger = logger;
        _mark = new CheckedMark(path, logger);
    }

    /// <summary>What lies before this passed every check in an earlier run, and has not changed since.</summary>
    public long CheckedLength { get; private set; }

    private static ReadOnlySpan<byte> FileMagic => "SV2CHAIN"u8;

    private static ReadOnlySpan<byte> RecordMagic => "BLK1"u8;

    /// <summary>Bytes in the file.</summary>
    public long Length => _length;

    /// <summary>Takes one record of the file while it is opened.</summary>
    /// <param name="kind">What the record says.</param>
    /// <param name="payload">Its payload; valid during the call only.</param>
    /// <param name="offset">Where the payload lies, for <see cref="Read"/>.</param>
    public delegate void RecordReader(BlockRecordKind kind, ReadOnlySpan<byte> payload, long offset);

    /// <summary>Opens or creates the file, for this process alone. <see cref="Replay"/> comes next.</summary>
    /// <exception cref="RoleException">It belongs to another chain, or cannot be opened.</exception>
    public static BlockFile Open(string path, U256 genesisHash, ILogger logger)
    {
        SafeFileHandle handle = OpenHandle(path);
        try
        {
            long length = RandomAccess.GetLength(handle);
            // A file shorter than its header is what a crash in the very first moment leaves.
            if (length < FileHeaderSize)
                length = WriteFileHeader(handle, genesisHash);
            else
                CheckFileHeader(handle, path, genesisHash);
            return new BlockFile(handle, path, length, logger);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads all records in their order, and cuts off what a crash left half-written at the end.</summary>
    /// <exception cref="RoleException">The file is damaged in another way.</exception>
    public void Replay(RecordReader reader)
    {
        FindChecked();
        long end = ReplayRecords(_file, _path, _length, reader);
        if (end != _length)
        {
            LogTornTail(_logger, _path, _length - end, end);
            RandomAccess.SetLength(_file, end);
            RandomAccess.FlushToDisk(_file);
            _length = end;
        }
        _isReplayed = true;
        MarkChecked();
    }

    /// <summary>Appends a record and waits until it is on the disk.</summary>
    /// <returns>Where the payload lies, for <see cref="Read"/>.</returns>
    /// <exception cref="IOException">The disk is full or gone. The file is as it was before.</exception>
    public long Append(BlockRecordKind kind, ReadOnlySpan<byte> payload)
    {
        byte[] record = new byte[RecordHeaderSize + payload.Length + ChecksumSize];
        RecordMagic.CopyTo(record);
        record[4] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(5), payload.Length);
        payload.CopyTo(record.AsSpan(RecordHeaderSize));
        WriteChecksum(record.AsSpan(4, RecordHeaderSize - 4 + payload.Length), record.AsSpan(^ChecksumSize));
        try
        {
            RandomAccess.Write(_file, record, _length);
            RandomAccess.FlushToDisk(_file);
        }
        catch (IOException)
        {
            // Whatever part of the record got there must not stand between this and the next record.
            RandomAccess.SetLength(_file, _length);
            throw;
        }
        long offset = _length + RecordHeaderSize;
        _length += record.Length;
        return offset;
    }

    /// <summary>Reads a payload back.</summary>
    public byte[] Read(long offset, int length)
    {
        byte[] payload = new byte[length];
        ReadExactly(_file, payload, offset, _path);
        return payload;
    }

    /// <summary>Closes the file. Where its reader was content with all of it, it is marked as checked: nothing unchecked is appended.</summary>
    public void Dispose()
    {
        if (_isReplayed && !_file.IsClosed)
            MarkChecked();
        _file.Dispose();
        _digest.Dispose();
    }

    private void FindChecked()
    {
        if (_mark.Read() is not { } mark || mark.Length > _length)
            return;
        Digest(mark.Length);
        if (_digest.GetCurrentHash().AsSpan().SequenceEqual(mark.Digest))
            CheckedLength = mark.Length;
        else
            LogChanged(_logger, _path);
    }

    private void MarkChecked()
    {
        if (_length == CheckedLength)
            return;
        try
        {
            Digest(_length);
            _mark.Write(_length, _digest.GetCurrentHash());
            CheckedLength = _length;
        }
        catch (IOException e)
        {
            // Only the time of the next start is lost.
            LogNotMarked(_logger, e, _path);
        }
    }

    /// <summary>Takes the file into the digest up to here.</summary>
    private void Digest(long end)
    {
        byte[] buffer = new byte[DigestBytes];
        while (_digested < end)
        {
            Span<byte> bytes = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - _digested));
            ReadExactly(_file, bytes, _digested, _path);
            _digest.AppendData(bytes);
            _digested += bytes.Length;
        }
    }

    private static SafeFileHandle OpenHandle(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RoleException(
                $"The chain's file {path} cannot be opened: {e.Message}",
                "See whether another process uses the same data folder, and whether the file may be written.",
                e);
        }
    }

    private static long WriteFileHeader(SafeFileHandle file, U256 genesisHash)
    {
        Span<byte> header = stackalloc byte[FileHeaderSize];
        FileMagic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Format);
        genesisHash.CopyTo(header[12..]);
        RandomAccess.SetLength(file, 0);
        RandomAccess.Write(file, header, 0);
        RandomAccess.FlushToDisk(file);
        return FileHeaderSize;
    }

    private static void CheckFileHeader(SafeFileHandle file, string path, U256 genesisHash)
    {
        Span<byte> header = stackalloc byte[FileHeaderSize];
        ReadExactly(file, header, 0, path);
        if (!header[..8].SequenceEqual(FileMagic))
            throw new RoleException($"{path} is not a file of the embedded chain.", "Move it away, or set another data folder.");
        int format = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (format != Format)
            throw new RoleException($"{path} has format {format}; this program reads format {Format}.", "Use the program that wrote it, or move the file away.");
        if (U256.FromWire(header[12..]) != genesisHash)
        {
            throw new RoleException(
                $"{path} holds a chain that was begun with other parameters (hashes per block, maturity or premine).",
                "Set source.embedded back to what it was, or move the file away to begin a new chain.");
        }
    }

    /// <summary>Returns where the last whole record ends.</summary>
    private static long ReplayRecords(SafeFileHandle file, string path, long length, RecordReader replay)
    {
        long position = FileHeaderSize;
        byte[] buffer = new byte[RecordHeaderSize + PayloadBytesMax + ChecksumSize];
        while (position < length)
        {
            Span<byte> bytes = buffer.AsSpan(0, (int)Math.Min(RecordHeaderSize, length - position));
            ReadExactly(file, bytes, position, path);
            if (TryMeasure(bytes, out int payloadLength) && length - position >= RecordSize(payloadLength))
            {
                bytes = buffer.AsSpan(0, RecordSize(payloadLength));
                ReadExactly(file, bytes, position, path);
                if (IsSound(bytes, payloadLength))
                {
                    replay((BlockRecordKind)bytes[4], bytes.Slice(RecordHeaderSize, payloadLength), position + RecordHeaderSize);
                    position += bytes.Length;
                    continue;
                }
            }
            if (IsTornTail(file, path, position, length))
                break;
            throw new RoleException(
                $"{path} is damaged at byte {position}, {length - position} bytes before its end.",
                "Restore the file from a copy, or move it away to begin a new chain.");
        }
        return position;
    }

    /// <summary>
    /// A crash tears the last record only. Where a sound record follows the bad one, or where more is bad than one record can
    /// be (a file system may add zeros, hence the room), something else has happened to the file.
    /// </summary>
    private static bool IsTornTail(SafeFileHandle file, string path, long position, long length)
    {
        if (length - position > TornBytesMax)
            return false;
        byte[] tail = new byte[length - position];
        ReadExactly(file, tail, position, path);
        for (int at = 1; at < tail.Length; at++)
        {
            int next = tail.AsSpan(at).IndexOf(RecordMagic);
            if (next < 0)
                return true;
            at += next;
            ReadOnlySpan<byte> rest = tail.AsSpan(at);
            if (TryMeasure(rest, out int payloadLength) && rest.Length >= RecordSize(payloadLength) && IsSound(rest, payloadLength))
                return false;
        }
        return true;
    }

    private static int RecordSize(int payloadLength) => RecordHeaderSize + payloadLength + ChecksumSize;

    private static bool TryMeasure(ReadOnlySpan<byte> record, out int payloadLength)
    {
        payloadLength = 0;
        if (record.Length < RecordHeaderSize || !record.StartsWith(RecordMagic))
            return false;
        payloadLength = BinaryPrimitives.ReadInt32LittleEndian(record[5..]);
        return payloadLength is >= 0 and <= PayloadBytesMax;
    }

    private static bool IsSound(ReadOnlySpan<byte> record, int payloadLength)
    {
        Span<byte> checksum = stackalloc byte[ChecksumSize];
        WriteChecksum(record[4..(RecordHeaderSize + payloadLength)], checksum);
        return checksum.SequenceEqual(record.Slice(RecordHeaderSize + payloadLength, ChecksumSize));
    }

    private static void WriteChecksum(ReadOnlySpan<byte> covered, Span<byte> destination)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(covered, digest);
        digest[..ChecksumSize].CopyTo(destination);
    }

    private static void ReadExactly(SafeFileHandle file, Span<byte> destination, long offset, string path)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(file, destination, offset);
            if (read == 0)
                throw new IOException($"{path} ended at byte {offset} while it was read.");
            destination = destination[read..];
            offset += read;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Path}: the last record was cut off by a crash; {Bytes} bytes removed at byte {Offset}")]
    private static partial void LogTornTail(ILogger logger, string path, long bytes, long offset);

    [LoggerMessage(LogLevel.Warning, "{Path} has been changed by something else since it was checked; all blocks are checked again")]
    private static partial void LogChanged(ILogger logger, string path);

    [LoggerMessage(LogLevel.Warning, "{Path} cannot be read to the end; the next start checks more blocks than it need")]
    private static partial void LogNotMarked(ILogger logger, Exception exception, string path);
}
