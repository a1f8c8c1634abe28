using System.Diagnostics.CodeAnalysis;
using Sv2.Protocol;

namespace Sv1;

/// <summary><c>mining.notify</c>: a job. Hashes are held in the order that headers have, whatever the line's order is.</summary>
public sealed record NotifyMessage
{
    /// <summary>Most hexadecimal digits of a half of the coinbase that are accepted.</summary>
    public const int CoinbaseDigitsMax = 32 * 1024;

    /// <summary>Longest merkle path that is accepted: far more than a block can have.</summary>
    public const int MerklePathMax = 64;

    /// <summary>The server's id for the job, at most 64 bytes of text.</summary>
    public required string JobId { get; init; }

    /// <summary>Previous block, wire order.</summary>
    public required U256 PrevHash { get; init; }

    /// <summary>The coinbase up to its extranonce (<c>coinb1</c>).</summary>
    public required ByteString CoinbasePrefix { get; init; }

    /// <summary>The coinbase after its extranonce (<c>coinb2</c>).</summary>
    public required ByteString CoinbaseSuffix { get; init; }

    /// <summary>Siblings of the coinbase, deepest first.</summary>
    public required Seq<U256> MerklePath { get; init; }

    /// <summary>nVersion.</summary>
    public required uint Version { get; init; }

    /// <summary>The header's compact target.</summary>
    public required uint NBits { get; init; }

    /// <summary>nTime to start with.</summary>
    public required uint NTime { get; init; }

    /// <summary>Whether all jobs before this one have ended.</summary>
    public required bool CleanJobs { get; init; }

    /// <summary>Reads the parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="message">The job, when the result is <see langword="true"/>.</param>
    /// <param name="error">Which parameter is wrong, when the result is <see langword="false"/>.</param>
    /// <returns>Whether the parameters are well-formed.</returns>
    public static bool TryRead(Sv1Values parameters, [NotNullWhen(true)] out NotifyMessage? message, [NotNullWhen(false)] out string? error)
    {
        Sv1Value jobId = parameters.Next();
        Sv1Value prevHash = parameters.Next();
        Sv1Value prefix = parameters.Next();
        Sv1Value suffix = parameters.Next();
        Sv1Value path = parameters.Next();
        Sv1Value version = parameters.Next();
        Sv1Value nBits = parameters.Next();
        Sv1Value nTime = parameters.Next();
        Sv1Value clean = parameters.Next();
        message = null;
        uint versionNumber = 0, bits = 0, seconds = 0;
        Span<byte> hash = stackalloc byte[U256.Size];
        List<U256> merklePath = [];
        error = jobId.Text.IsEmpty || jobId.Text.Length > 64 ? "job_id: not 1 to 64 characters"
            : !prevHash.TryGetHex(hash, out int size) || size != U256.Size ? "prevhash: not 64 hexadecimal digits"
            : prefix.Text.Length > CoinbaseDigitsMax || suffix.Text.Length > CoinbaseDigitsMax ? $"coinbase: a half of more than {CoinbaseDigitsMax} digits"
            : !TryReadPath(path, merklePath) ? $"merkle_branch: not up to {MerklePathMax} hashes"
            : !version.TryGetHexUInt32(out versionNumber) ? "version: not up to 8 hexadecimal digits"
            : !nBits.TryGetHexUInt32(out bits) ? "nbits: not up to 8 hexadecimal digits"
            : !nTime.TryGetHexUInt32(out seconds) ? "ntime: not up to 8 hexadecimal digits"
            : null;
        if (error is not null)
            return false;
        if (!TryReadBytes(prefix, out ByteString coinbasePrefix) || !TryReadBytes(suffix, out ByteString coinbaseSuffix))
        {
            error = "coinbase: not whole hexadecimal bytes";
            return false;
        }
        message = new NotifyMessage
        {
            JobId = jobId.ToString(),
            PrevHash = Hex.SwapWords(U256.FromWire(hash)),
            CoinbasePrefix = coinbasePrefix,
            CoinbaseSuffix = coinbaseSuffix,
            MerklePath = merklePath.ToArray(),
            Version = versionNumber,
            NBits = bits,
            NTime = seconds,
            CleanJobs = clean.IsTrue,
        };
        return true;
    }

    private static bool TryReadBytes(Sv1Value value, out ByteString bytes)
    {
        byte[] buffer = new byte[value.Text.Length / 2];
        bytes = ByteString.Wrap(buffer);
        return value.TryGetHex(buffer, out _);
    }

    private static bool TryReadPath(Sv1Value value, List<U256> path)
    {
        Span<byte> hash = stackalloc byte[U256.Size];
        Sv1Values siblings = value.Items;
        while (siblings.TryNext(out Sv1Value sibling))
        {
            if (path.Count == MerklePathMax || !sibling.TryGetHex(hash, out int size) || size != U256.Size)
                return false;
            path.Add(U256.FromWire(hash));
        }
        return value.IsArray;
    }
}
