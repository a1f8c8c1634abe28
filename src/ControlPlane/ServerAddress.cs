using System.Text;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane;

/// <summary>
/// Where the program that runs on a data folder serves: a small file in it, from its start to its stop, so that commands beside
/// it need not be told. After a crash it stays; the next start writes it anew.
/// </summary>
internal static class ServerAddress
{
    /// <summary>Name of the file in the data folder.</summary>
    public const string FileName = "control.url";

    /// <exception cref="ConfigurationException">The folder cannot be written.</exception>
    public static void Write(string folder, Uri url)
    {
        try
        {
            AtomicFile.Write(Path.Combine(folder, FileName), Encoding.UTF8.GetBytes(url.ToString()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("--data-dir", $"{folder} cannot be written: {e.Message}", "make room, or make it writable", e);
        }
    }

    /// <summary>The address; null where nothing runs on the folder.</summary>
    public static Uri? Read(string folder)
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(folder, FileName));
            return Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is ("http" or "https") ? url : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Takes the file away.</summary>
    public static void Forget(string folder)
    {
        try
        {
            File.Delete(Path.Combine(folder, FileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever asks for a link later is given an address where nobody listens, and sees that.
        }
    }
}
