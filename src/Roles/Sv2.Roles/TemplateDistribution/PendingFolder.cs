using Sv2.Roles.Hosting;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>
/// A folder of things that must not be lost before they are done with: one file each, written whole or not at all, on the disk
/// itself when <see cref="Write"/> returns.
/// </summary>
internal sealed class PendingFolder
{
    private readonly string _directory;
    private readonly string _extension;

    /// <param name="directory">Made when it is missing.</param>
    /// <param name="extension">End of the file names; other files are left alone.</param>
    /// <exception cref="RoleException">The directory cannot be made.</exception>
    public PendingFolder(string directory, string extension)
    {
        _directory = directory;
        _extension = extension;
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RoleException($"The folder {directory} cannot be made: {e.Message}", "Make it writable.", e);
        }
    }

    /// <summary>Reads all files. One that cannot be read is reported and left where it is.</summary>
    public List<T> ReadAll<T>(Func<byte[], T> read, Action<string, Exception> onUnreadable)
    {
        List<T> items = [];
        foreach (string path in Directory.EnumerateFiles(_directory, "*" + _extension))
        {
            try
            {
                items.Add(read(File.ReadAllBytes(path)));
            }
            catch (Exception e)
            {
                onUnreadable(path, e);
            }
        }
        return items;
    }

    /// <exception cref="IOException">It could not be stored.</exception>
    public void Write(string name, ReadOnlySpan<byte> content) => AtomicFile.Write(PathOf(name), content);

    /// <summary>Removes a file; no error where there is none.</summary>
    public void Remove(string name) => File.Delete(PathOf(name));

    private string PathOf(string name) => Path.Combine(_directory, name + _extension);
}
