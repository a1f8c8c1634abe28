using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.JobDeclaration;

/// <summary>The bytes of a token, as <see cref="MiningJobToken"/> lays them out.</summary>
internal static class TokenCodec
{
    public const int SignatureSize = 64;

    private const byte Format = 1;
    private const int CommonSize = 1 + 1 + TokenDigest.Size + sizeof(uint) + TokenDigest.Size;
    private const int JobSize = (4 * sizeof(uint)) + 1 + CoinbaseTemplate.CoinbasePrefixMax + (2 * TokenDigest.Size);

    // Apart from every other use of the same key.
    private static ReadOnlySpan<byte> Tag => "sv2/mining-job-token"u8;

    public static int Write(MiningJobToken token, Span<byte> destination)
    {
        destination[0] = Format;
        destination[1] = (byte)token.Purpose;
        Span<byte> rest = destination[2..];
        PutDigest(ref rest, token.Id);
        PutNumber(ref rest, (uint)token.ExpiresAt.ToUnixTimeSeconds());
        PutDigest(ref rest, token.User);
        if ((token.Purpose == TokenPurpose.DeclaredJob) != (token.Job is not null))
            throw new ArgumentException($"a token for {token.Purpose} {(token.Job is null ? "needs" : "cannot have")} a job", nameof(token));
        if (token.RequiredScripts.Count > (token.Purpose == TokenPurpose.CoinbaseOnly ? MiningJobToken.RequiredOutputsMax : 0))
            throw new ArgumentException($"a token for {token.Purpose} cannot name {token.RequiredScripts.Count} outputs", nameof(token));
        if (token.Purpose == TokenPurpose.CoinbaseOnly)
            PutScripts(ref rest, token.RequiredScripts.AsSpan());
        if (token.Job is { } job)
            PutJob(ref rest, job);
        return destination.Length - rest.Length;
    }

    /// <summary>Reads a token without judging its signature, which is what follows <paramref name="signed"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out MiningJobToken? token, out ReadOnlySpan<byte> signed)
    {
        token = null;
        signed = default;
        if (bytes.Length < CommonSize + SignatureSize || bytes[0] != Format || !Enum.IsDefined((TokenPurpose)bytes[1]))
            return false;
        signed = bytes[..^SignatureSize];
        ReadOnlySpan<byte> rest = signed[2..];
        MiningJobToken common = new()
        {
            Purpose = (TokenPurpose)bytes[1],
            Id = TakeDigest(ref rest),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(TakeNumber(ref rest)),
            User = TakeDigest(ref rest),
        };
        token = common.Purpose switch
        {
            TokenPurpose.CoinbaseOnly => TryTakeScripts(rest, out Seq<UInt128> scripts) ? common with { RequiredScripts = scripts } : null,
            TokenPurpose.DeclaredJob => TryTakeJob(rest, out JobCommitment? job) ? common with { Job = job } : null,
            _ => rest.IsEmpty ? common : null,
        };
        return token is not null;
    }

    /// <summary>A tagged hash as BIP 340 makes them.</summary>
    public static void SignedDigest(ReadOnlySpan<byte> signed, Span<byte> digest)
    {
        Span<byte> bytes = stackalloc byte[64 + MiningJobToken.SizeMax];
        SHA256.HashData(Tag, bytes);
        bytes[..32].CopyTo(bytes[32..]);
        signed.CopyTo(bytes[64..]);
        SHA256.HashData(bytes[..(64 + signed.Length)], digest);
    }

    private static void PutScripts(ref Span<byte> rest, ReadOnlySpan<UInt128> scripts)
    {
        rest[0] = (byte)scripts.Length;
        rest = rest[1..];
        foreach (UInt128 script in scripts)
            PutDigest(ref rest, script);
    }

    private static void PutJob(ref Span<byte> rest, JobCommitment job)
    {
        PutNumber(ref rest, job.Version);
        PutNumber(ref rest, job.CoinbaseVersion);
        PutNumber(ref rest, job.Sequence);
        PutNumber(ref rest, job.LockTime);
        rest[0] = (byte)job.CoinbasePrefix.Length;
        rest.Slice(1, CoinbaseTemplate.CoinbasePrefixMax).Clear();
        job.CoinbasePrefix.Span.CopyTo(rest[1..]);
        rest = rest[(1 + CoinbaseTemplate.CoinbasePrefixMax)..];
        PutDigest(ref rest, job.Outputs);
        PutDigest(ref rest, job.MerklePath);
    }

    private static bool TryTakeScripts(ReadOnlySpan<byte> rest, out Seq<UInt128> scripts)
    {
        scripts = default;
        if (rest.IsEmpty || rest[0] is 0 or > MiningJobToken.RequiredOutputsMax || rest.Length != 1 + (rest[0] * TokenDigest.Size))
            return false;
        UInt128[] digests = new UInt128[rest[0]];
        rest = rest[1..];
        for (int i = 0; i < digests.Length; i++)
            digests[i] = TakeDigest(ref rest);
        scripts = digests;
        return true;
    }

    private static bool TryTakeJob(ReadOnlySpan<byte> rest, out JobCommitment? job)
    {
        job = null;
        if (rest.Length != JobSize || rest[16] > CoinbaseTemplate.CoinbasePrefixMax)
            return false;
        uint version = TakeNumber(ref rest);
        uint coinbaseVersion = TakeNumber(ref rest);
        uint sequence = TakeNumber(ref rest);
        uint lockTime = TakeNumber(ref rest);
        ByteString prefix = ByteString.CopyOf(rest.Slice(1, rest[0]));
        rest = rest[(1 + CoinbaseTemplate.CoinbasePrefixMax)..];
        job = new JobCommitment
        {
            Version = version,
            CoinbaseVersion = coinbaseVersion,
            Sequence = sequence,
            LockTime = lockTime,
            CoinbasePrefix = prefix,
            Outputs = TakeDigest(ref rest),
            MerklePath = TakeDigest(ref rest),
        };
        return true;
    }

    private static void PutNumber(ref Span<byte> rest, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(rest, value);
        rest = rest[sizeof(uint)..];
    }

    private static void PutDigest(ref Span<byte> rest, UInt128 value)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(rest, value);
        rest = rest[TokenDigest.Size..];
    }

    private static uint TakeNumber(ref ReadOnlySpan<byte> rest)
    {
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        rest = rest[sizeof(uint)..];
        return value;
    }

    private static UInt128 TakeDigest(ref ReadOnlySpan<byte> rest)
    {
        UInt128 value = BinaryPrimitives.ReadUInt128LittleEndian(rest);
        rest = rest[TokenDigest.Size..];
        return value;
    }
}
