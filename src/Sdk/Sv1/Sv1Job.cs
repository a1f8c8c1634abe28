using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv1;

/// <summary>
/// A job as a server gives it to its miners. One instance serves any number of sessions: its line is written once.
/// Immutable.
/// </summary>
public sealed class Sv1Job
{
    private readonly NotifyMessage _message;
    private byte[]? _cleanLine;
    private byte[]? _line;

    /// <summary>Makes a job.</summary>
    /// <param name="message">What miners are told.</param>
    /// <param name="versionMask">Version bits that may differ from the message's version; 0 when none.</param>
    /// <param name="tag">Whatever the owner wants to find again when a share comes.</param>
    public Sv1Job(NotifyMessage message, uint versionMask, object? tag = null)
    {
        _message = message;
        VersionMask = versionMask;
        Tag = tag;
    }

    /// <summary>Its id, unique among the jobs a session has.</summary>
    public string Id => _message.JobId;

    /// <summary>What miners are told.</summary>
    public NotifyMessage Message => _message;

    /// <summary>Whether all earlier jobs end with it.</summary>
    public bool IsClean => _message.CleanJobs;

    /// <summary>Version bits that may differ.</summary>
    public uint VersionMask { get; }

    /// <summary>Whatever the owner attached.</summary>
    public object? Tag { get; }

    /// <summary>The <c>mining.notify</c> line with its line feed, written on first use.</summary>
    /// <param name="clean">Its <c>clean_jobs</c>: a miner's first job is always clean, whatever it is for the others.</param>
    /// <returns>The line; shared, do not change it.</returns>
    public ReadOnlyMemory<byte> Line(bool clean)
    {
        // Two threads may both write it; either result is right.
        ref byte[]? line = ref clean ? ref _cleanLine : ref _line;
        return line ??= Write(_message with { CleanJobs = clean });
    }

    /// <summary>The header of a share of this job.</summary>
    /// <param name="extranonce1">The server's part of the extranonce.</param>
    /// <param name="extranonce2">The miner's part.</param>
    /// <param name="version">nVersion as rolled.</param>
    /// <param name="nTime">nTime.</param>
    /// <param name="nonce">Nonce.</param>
    /// <returns>The header. Allocates nothing for coinbases up to 2 KiB.</returns>
    public BlockHeader Header(ReadOnlySpan<byte> extranonce1, ReadOnlySpan<byte> extranonce2, uint version, uint nTime, uint nonce)
    {
        U256 txid = CoinbaseSplit.Txid(_message.CoinbasePrefix.Span, extranonce1, extranonce2, _message.CoinbaseSuffix.Span);
        U256 root = Sv2.Bitcoin.MerklePath.Fold(txid, _message.MerklePath.AsSpan());
        return new BlockHeader(version, _message.PrevHash, root, nTime, _message.NBits, nonce);
    }

    private static byte[] Write(NotifyMessage message)
    {
        Sv1Writer writer = new(2 * (message.CoinbasePrefix.Length + message.CoinbaseSuffix.Length) + 80 * message.MerklePath.Count + 512);
        writer.Notify(message);
        return writer.Lines.ToArray();
    }
}
