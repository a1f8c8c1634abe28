using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sv2.Roles.Hosting;

namespace Sv2.Roles.Keys;

/// <summary>
/// The text form of a key on disk: a comment, then <c>kind</c>, <c>public</c> and <c>secret</c> (hex), one a line. The file
/// is made with owner-only permissions and refused when others may read it.
/// </summary>
internal static class KeyFile
{
    public const int SecretSize = 32;
    private const int FileBytesMax = 4096;

    /// <summary>Writes a new file; false if one exists already.</summary>
    public static bool TryCreate(string path, string comment, string kind, string publicText, ReadOnlySpan<byte> secret)
    {
        byte[] head = Encoding.UTF8.GetBytes($"# {comment}\n# Keep it secret: whoever has it can pose as this server.\nkind = {kind}\npublic = {publicText}\nsecret = ");
        byte[] content = new byte[head.Length + (SecretSize * 2) + 1];
        try
        {
            head.CopyTo(content, 0);
            // Straight into bytes: a string of the secret would stay in memory until collected.
            for (int i = 0; i < SecretSize; i++)
            {
                content[head.Length + (2 * i)] = HexDigit(secret[i] >> 4);
                content[head.Length + (2 * i) + 1] = HexDigit(secret[i] & 15);
            }

            content[^1] = (byte)'\n';
            return AtomicFile.TryCreate(path, content);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>Reads the secret into <paramref name="secret"/> and returns the public text that stands beside it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">The kind that it must say.</param>
    /// <param name="key">The configuration key that named the file, for errors.</param>
    /// <param name="secret">32 bytes, big-endian.</param>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    public static string Read(string path, string kind, string key, Span<byte> secret)
    {
        byte[] content = ReadBytes(path, key);
        try
        {
            if (Value(content, "kind", path, key) is var found && !found.SequenceEqual(Encoding.UTF8.GetBytes(kind)))
                throw Broken(key, path, $"holds a key of kind '{Encoding.UTF8.GetString(found)}', not '{kind}'");
            string publicText = Encoding.UTF8.GetString(Value(content, "public", path, key));
            ReadOnlySpan<byte> hex = Value(content, "secret", path, key);
            if (hex.Length != SecretSize * 2 || !TryReadHex(hex, secret))
                throw Broken(key, path, $"has a secret that is not {SecretSize * 2} hex digits");
            return publicText;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>The kind that a key file says it is.</summary>
    /// <inheritdoc cref="Read"/>
    public static string ReadKind(string path, string key)
    {
        byte[] content = ReadBytes(path, key);
        try
        {
            return Encoding.UTF8.GetString(Value(content, "kind", path, key));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    public static ConfigurationException Broken(string key, string path, string what, Exception? inner = null) =>
        new(key, $"the key file {path} {what}", "restore it from a backup, or move it away to have a new key made (clients then need the new public key)", inner);

    private static byte[] ReadBytes(string path, string key)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
                if ((File.GetUnixFileMode(path) & others) != 0)
                    throw new ConfigurationException(key, $"the key file {path} is open to other users of this machine", $"chmod 600 {path}");
            }

            if (new FileInfo(path).Length is var length and > FileBytesMax)
                throw Broken(key, path, $"has {length} bytes; a key file has at most {FileBytesMax}");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(key, $"the key file {path} cannot be read: {e.Message}", "check the path and the file's owner", e);
        }
    }

    /// <summary>The value of a line <c>name = value</c>.</summary>
    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> content, string name, string path, string key)
    {
        Span<byte> wanted = stackalloc byte[16];
        wanted = wanted[..Encoding.UTF8.GetBytes(name, wanted)];
        foreach (Range range in content.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = content[range];
            int equals = line.IndexOf((byte)'=');
            if (equals > 0 && line[0] != '#' && line[..equals].Trim(" \t\r"u8).SequenceEqual(wanted))
                return line[(equals + 1)..].Trim(" \t\r"u8);
        }

        throw Broken(key, path, $"has no line '{name} = …'");
    }

    private static byte HexDigit(int nibble) => (byte)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10);

    private static bool TryReadHex(ReadOnlySpan<byte> hex, Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            if (!Utf8Parser.TryParse(hex.Slice(2 * i, 2), out byte value, out int consumed, 'x') || consumed != 2)
                return false;
            destination[i] = value;
        }

        return true;
    }
}
