using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Stack;

/// <summary>What was saved or restored.</summary>
/// <param name="Files">Number of files.</param>
/// <param name="Bytes">Their bytes before compression.</param>
public sealed record BackupSummary(int Files, long Bytes);

/// <summary>
/// Saves a data folder as a compressed tar archive and brings it back. Databases are taken by SQLite's own backup, so a
/// program that runs on the folder goes on, and each database is of one moment. Files that only grow are taken as far as
/// they were when it was their turn; whoever reads them drops a torn end.
/// </summary>
public static class DataBackup
{
    private const string Marker = "sv2-backup";
    private const string MarkerText = "1\n";
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Of a process, not of the data.
    private static readonly HashSet<string> LeftOut = new(StringComparer.Ordinal) { "lock", "lock.pid", ServerAddress.FileName };

    /// <summary>Writes an archive.</summary>
    /// <exception cref="ConfigurationException">The folder cannot be read, or the archive not written; nothing is left of a half one.</exception>
    public static BackupSummary Create(string dataDirectory, string archive)
    {
        dataDirectory = Path.GetFullPath(dataDirectory);
        archive = Path.GetFullPath(archive);
        if (!Directory.Exists(dataDirectory))
            throw new ConfigurationException("--data-dir", $"{dataDirectory} does not exist", "give the folder that 'sv2 up' printed");
        if (archive.StartsWith(dataDirectory + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ConfigurationException("FILE", $"{archive} is in the data folder itself", "write it somewhere else");
        if (!Directory.Exists(Path.GetDirectoryName(archive)))
            throw new ConfigurationException("FILE", $"the folder {Path.GetDirectoryName(archive)} does not exist", "make it, or write the archive somewhere else");
        if (File.Exists(archive))
            throw new ConfigurationException("FILE", $"{archive} exists already", "give another name");
        string temporary = $"{archive}.{Guid.NewGuid():N}.tmp";
        try
        {
            BackupSummary summary = Write(dataDirectory, temporary);
            File.Move(temporary, archive, overwrite: false);
            return summary;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new ConfigurationException("FILE", $"the backup could not be made: {e.Message}", "check the disk and the permissions", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Brings a folder back; it must not be there, or be empty.</summary>
    /// <exception cref="ConfigurationException">The archive cannot be used, or the folder is not empty.</exception>
    public static BackupSummary Restore(string archive, string dataDirectory)
    {
        dataDirectory = Path.GetFullPath(dataDirectory);
        if (Directory.Exists(dataDirectory) && Directory.EnumerateFileSystemEntries(dataDirectory).Any())
            throw new ConfigurationException("--data-dir", $"{dataDirectory} is not empty", "move it away, or give another folder");
        // First beside it, so that an archive that ends too soon leaves nothing half.
        string temporary = $"{dataDirectory}.{Guid.NewGuid():N}.tmp";
        try
        {
            DataFolder.MakeFolder(temporary);
            BackupSummary summary = Read(archive, temporary);
            if (Directory.Exists(dataDirectory))
                Directory.Delete(dataDirectory);
            Directory.Move(temporary, dataDirectory);
            return summary;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            throw new ConfigurationException("FILE", $"{archive} cannot be restored: {e.Message}", "give an archive that 'sv2 backup' made", e);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    private static BackupSummary Write(string folder, string archive)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerFile;
        using var file = new FileStream(archive, options);
        using var zip = new GZipStream(file, CompressionLevel.Optimal);
        using var tar = new TarWriter(zip, TarEntryFormat.Pax);
        Add(tar, Marker, new MemoryStream(System.Text.Encoding.ASCII.GetBytes(MarkerText)));
        int files = 0;
        long bytes = 0;
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            if (LeftOut.Contains(name) || name.EndsWith(".tmp", StringComparison.Ordinal) || IsOfDatabase(path))
                continue;
            using Stream? content = IsDatabase(path) ? CopyDatabase(path) : Open(path);
            if (content is null)
                continue;
            bytes += content.Length;
            files++;
            Add(tar, name, content);
        }

        return new BackupSummary(files, bytes);
    }

    private static void Add(TarWriter tar, string name, Stream content) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = OwnerFile });

    private static bool IsDatabase(string path) => path.EndsWith(".db", StringComparison.Ordinal);

    /// <summary>The write-ahead log and its index: what is in them is in the copy of the database.</summary>
    private static bool IsOfDatabase(string path) =>
        path.EndsWith(".db-wal", StringComparison.Ordinal) || path.EndsWith(".db-shm", StringComparison.Ordinal) || path.EndsWith(".db-journal", StringComparison.Ordinal);

    /// <summary>A copy of a database at one moment, in a file that is gone once it is closed.</summary>
    private static FileStream CopyDatabase(string path)
    {
        string copy = Path.Combine(Path.GetTempPath(), $"sv2-{Guid.NewGuid():N}.db");
        new FileStream(copy, OwnerOnly()).Dispose();
        try
        {
            using (var source = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 30 }.ToString()))
            using (var destination = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = copy, Pooling = false }.ToString()))
            {
                source.Open();
                destination.Open();
                source.BackupDatabase(destination);
            }

            return new FileStream(copy, FileMode.Open, FileAccess.Read, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        }
        catch
        {
            File.Delete(copy);
            throw;
        }
    }

    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerFile;
        return options;
    }

    /// <summary>The file as far as it is now; null where it has gone in the meantime.</summary>
    private static SteadyFile? Open(string path)
    {
        try
        {
            return new SteadyFile(OpenUnlocked(path));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>.NET opens no file that its own locks keep for another process, and the running stack keeps its files. Reading does no harm.</summary>
    private static FileStream OpenUnlocked(string path)
    {
        if (OperatingSystem.IsWindows())
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        int descriptor = open(path, OpenReadOnly);
        if (descriptor < 0)
        {
            throw File.Exists(path)
                ? new IOException($"{path} cannot be read: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}")
                : new FileNotFoundException(path);
        }

        return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read);
    }

    private static BackupSummary Read(string archive, string folder)
    {
        using var file = new FileStream(archive, FileMode.Open, FileAccess.Read);
        using var zip = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(zip);
        if (tar.GetNextEntry() is not { Name: Marker })
            throw new InvalidDataException("it is no backup of a data folder");
        int files = 0;
        long bytes = 0;
        while (tar.GetNextEntry() is { } entry)
        {
            string path = Path.GetFullPath(entry.Name, folder);
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new InvalidDataException($"it has an entry '{entry.Name}' that no backup has");
            DataFolder.MakeFolder(Path.GetDirectoryName(path)!);
            using var target = new FileStream(path, OwnerOnly());
            entry.DataStream?.CopyTo(target);
            target.Flush(flushToDisk: true);
            bytes += target.Length;
            files++;
        }

        return new BackupSummary(files, bytes);
    }

    /// <summary>The part of a file that was there when it was opened: a file that grows meanwhile must not change its length.</summary>
    private sealed class SteadyFile(FileStream file) : Stream
    {
        private readonly long _length = file.Length;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => _length;

        public override long Position
        {
            get => file.Position;
            set => file.Position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            long left = _length - file.Position;
            int read = left <= 0 ? 0 : file.Read(buffer[..(int)Math.Min(left, buffer.Length)]);
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

        public override void Flush()
        {
            // Nothing is written.
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }
    }

#pragma warning disable SYSLIB1054, CA2101, IDE1006 // One plain call: not worth unsafe code in this project.
    private const int OpenReadOnly = 0;

    [DllImport("libc", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
#pragma warning restore SYSLIB1054, CA2101, IDE1006
}
