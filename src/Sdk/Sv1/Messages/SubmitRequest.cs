using System.Diagnostics.CodeAnalysis;

namespace Sv1;

/// <summary><c>mining.submit</c>: a share. Borrows the line's bytes.</summary>
public readonly ref struct SubmitRequest
{
    private readonly Sv1Value _extranonce2;

    private SubmitRequest(Sv1Value worker, Sv1Value extranonce2)
    {
        Worker = worker;
        _extranonce2 = extranonce2;
    }

    /// <summary>Name of the worker.</summary>
    public Sv1Value Worker { get; }

    /// <summary>Id of the job.</summary>
    public ReadOnlySpan<byte> JobId { get; private init; }

    /// <summary>nTime.</summary>
    public uint NTime { get; private init; }

    /// <summary>Nonce.</summary>
    public uint Nonce { get; private init; }

    /// <summary>The rolled version bits (BIP 310); <see langword="null"/> when the miner sends none.</summary>
    public uint? VersionBits { get; private init; }

    /// <summary>Decodes the extranonce.</summary>
    /// <param name="destination">Where it goes.</param>
    /// <param name="size">Its bytes, when the result is <see langword="true"/>.</param>
    /// <returns>Whether it is hexadecimal and fits.</returns>
    public bool TryGetExtranonce2(Span<byte> destination, out int size) => _extranonce2.TryGetHex(destination, out size);

    /// <summary>Reads the parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="request">The share, when the result is <see langword="true"/>.</param>
    /// <param name="error">Which parameter is wrong, when the result is <see langword="false"/>.</param>
    /// <returns>Whether the parameters are well-formed; the extranonce is looked at only by <see cref="TryGetExtranonce2"/>.</returns>
    public static bool TryRead(Sv1Values parameters, out SubmitRequest request, [NotNullWhen(false)] out string? error)
    {
        Sv1Value worker = parameters.Next();
        Sv1Value job = parameters.Next();
        Sv1Value extranonce2 = parameters.Next();
        Sv1Value nTime = parameters.Next();
        Sv1Value nonce = parameters.Next();
        Sv1Value version = parameters.Next();
        request = default;
        error = null;
        uint versionBits = 0;
        if (job.Text.IsEmpty)
            error = "job_id: missing";
        else if (!nTime.TryGetHexUInt32(out _))
            error = "ntime: not up to 8 hexadecimal digits";
        else if (!nonce.TryGetHexUInt32(out _))
            error = "nonce: not up to 8 hexadecimal digits";
        else if (!version.IsNull && !version.TryGetHexUInt32(out versionBits))
            error = "version_bits: not up to 8 hexadecimal digits";
        if (error is not null)
            return false;
        _ = nTime.TryGetHexUInt32(out uint seconds);
        _ = nonce.TryGetHexUInt32(out uint number);
        request = new SubmitRequest(worker, extranonce2)
        {
            JobId = job.Text,
            NTime = seconds,
            Nonce = number,
            VersionBits = version.IsNull ? null : versionBits,
        };
        return true;
    }
}
