using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>
/// A small file beside the block file that says how much of it has passed every check, by length and SHA-256. Blocks in that
/// part need not be checked again at the next start. Where the mark is missing, torn or does not fit, everything is checked:
/// it can only ever save time.
/// </summary>
internal sealed partial class CheckedMark
{
    private const string Extension = ".checked";
    private const int Size = 8 + sizeof(long) + SHA256.HashSizeInBytes;

    private readonly PendingFolder _folder;
    private readonly string _name;
    private readonly string _path;
    private readonly ILogger _logger;

    /// <param name="blockFile">The block file.</param>
    /// <param name="logger">Told where the mark is of no use.</param>
    public CheckedMark(string blockFile, ILogger logger)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(blockFile))!;
        _folder = new PendingFolder(directory, Extension);
        _name = Path.GetFileNameWithoutExtension(blockFile);
        _path = Path.Combine(directory, _name + Extension);
        _logger = logger;
    }

    private static ReadOnlySpan<byte> Magic => "SV2CHKD1"u8;

    /// <summary>The length that was marked, with the digest that these bytes must have; null where there is no mark.</summary>
    public (long Length, byte[] Digest)? Read()
    {
        try
        {
            if (!File.Exists(_path))
                return null;
            byte[] content = File.ReadAllBytes(_path);
            if (content.Length == Size && content.AsSpan().StartsWith(Magic))
                return (BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(Magic.Length)), content[^SHA256.HashSizeInBytes..]);
            LogUseless(_logger, _path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnusable(_logger, e, _path);
        }
        return null;
    }

    /// <summary>Marks the first bytes of the block file as checked.</summary>
    public void Write(long length, ReadOnlySpan<byte> digest)
    {
        byte[] content = new byte[Size];
        Magic.CopyTo(content);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(Magic.Length), length);
        digest.CopyTo(content.AsSpan(Magic.Length + sizeof(long)));
        try
        {
            _folder.Write(_name, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnusable(_logger, e, _path);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Path} is not what this program writes; all blocks are checked")]
    private static partial void LogUseless(ILogger logger, string path);

    [LoggerMessage(LogLevel.Warning, "{Path} cannot be used; the next start checks all blocks")]
    private static partial void LogUnusable(ILogger logger, Exception exception, string path);
}
