using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv1;

/// <summary>All a hasher needs for one job. Immutable; whatever changes comes as another instance.</summary>
public sealed class Sv1Work
{
    private readonly Sv1Job _job;

    internal Sv1Work(NotifyMessage message, ByteString extranonce1, int extranonce2Size, double difficulty, uint versionMask)
    {
        _job = new Sv1Job(message, versionMask);
        Extranonce1 = extranonce1;
        Extranonce2Size = extranonce2Size;
        Difficulty = difficulty;
        Target = Sv1Difficulty.ToTarget(difficulty);
    }

    /// <summary>The job.</summary>
    public NotifyMessage Message => _job.Message;

    /// <summary>The server's part of the extranonce.</summary>
    public ByteString Extranonce1 { get; }

    /// <summary>Bytes of extranonce the hasher chooses.</summary>
    public int Extranonce2Size { get; }

    /// <summary>Version bits that may be changed.</summary>
    public uint VersionMask => _job.VersionMask;

    /// <summary>The difficulty of a share.</summary>
    public double Difficulty { get; }

    /// <summary>A hash up to this is a share.</summary>
    public U256 Target { get; }

    /// <summary>The header of one attempt.</summary>
    /// <param name="extranonce2">Exactly <see cref="Extranonce2Size"/> bytes.</param>
    /// <param name="version">nVersion, different from the job's only within <see cref="VersionMask"/>.</param>
    /// <param name="nTime">nTime, the job's or later.</param>
    /// <param name="nonce">Nonce.</param>
    /// <returns>The header.</returns>
    /// <exception cref="ArgumentException">The extranonce has another size.</exception>
    public BlockHeader Header(ReadOnlySpan<byte> extranonce2, uint version, uint nTime, uint nonce)
    {
        if (extranonce2.Length != Extranonce2Size)
            throw new ArgumentException($"extranonce2: {extranonce2.Length} bytes, the server takes {Extranonce2Size}", nameof(extranonce2));
        return _job.Header(Extranonce1.Span, extranonce2, version, nTime, nonce);
    }
}
