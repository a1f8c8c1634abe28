using System.Globalization;
using System.Text;

namespace Sv2.Roles.Hosting;

/// <summary>
/// The folder in which a host keeps everything: owned by one process at a time, readable by its owner only.
/// <c>lock</c> is held while the process runs; <c>roles/NAME/</c> belongs to one instance.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>The user's local application data folder with <c>/sv2</c>.</summary>
    /// <exception cref="ConfigurationException">The user has none.</exception>
    public static string DefaultPath
    {
        get
        {
            string local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return local.Length > 0
                ? System.IO.Path.Combine(local, "sv2")
                : throw new ConfigurationException("--data-dir", "this user has no local application data folder", "give a folder with --data-dir");
        }
    }

    /// <summary>Makes the folder if need be and takes it for this process.</summary>
    /// <exception cref="ConfigurationException">It cannot be made or written, or another process has it.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        FileStream? held = null;
        try
        {
            MakeFolder(path);
            try
            {
                held = new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
            {
                throw new ConfigurationException("--data-dir", $"{path} is in use by another sv2 process{Holder(path)}", "stop that one, or give another folder with --data-dir", e);
            }

            File.WriteAllText(PidPath(path), Environment.ProcessId.ToString(CultureInfo.InvariantCulture), Encoding.ASCII);
            return new DataFolder(path, held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new ConfigurationException("--data-dir", $"{path} cannot be used: {e.Message}", "make it writable, or give another folder with --data-dir", e);
        }
    }

    /// <summary>Makes a folder that only its owner can look into; leaves an existing one as it is.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Gives the folder back.</summary>
    public void Dispose()
    {
        File.Delete(PidPath(Path));
        _lock.Dispose();
    }

    private static string PidPath(string path) => System.IO.Path.Combine(path, "lock.pid");

    private static string Holder(string path)
    {
        try
        {
            return $" (id {File.ReadAllText(PidPath(path)).Trim()})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // Only a courtesy: the lock itself is what counts.
        }
    }
}
