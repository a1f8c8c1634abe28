using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Roles.Downstreams;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// Between the miners' connections and the engine: shares and blocks go to the engine, and what became of the shares comes
/// back. A connection's lock is taken outside the engine's, never inside it.
/// </summary>
internal sealed partial class Miners(ClientEngine engine, ClientBlocks blocks, MinerTotals totals, ILogger logger) : IDownstreamHandler
{
    /// <inheritdoc/>
    public bool OnAccepted(DownstreamConnection connection, in AcceptedShare share)
    {
        ReadOnlySpan<byte> worker = connection.TryFindWorker(share.Tlvs, out ReadOnlySpan<byte> name) ? name : share.Channel.UserIdentity.Utf8;
        if (!engine.OnShare(connection, share, worker))
            return false;
        totals.Accept(Target.Difficulty(share.Hash));
        return true;
    }

    /// <inheritdoc/>
    public void OnRejected(DownstreamConnection connection, in RejectedShare share) => totals.Reject(share.Reason.ToErrorCode());

    /// <inheritdoc/>
    public void OnBlockFound(DownstreamConnection connection, BlockCandidate block) => blocks.OnFound(block);

    /// <inheritdoc/>
    // All miners share one channel of the pool, so the client is the end of theirs, and for such frames with it (3.4.1).
    public void OnUnknownFrame(DownstreamConnection connection, in FrameHeader header, ReadOnlySpan<byte> payload) =>
        LogUnknown(connection.RemoteAddress, header.ExtensionType, header.MessageType);

    /// <summary>Tells miners what became of their shares; one lock and one write for those of one miner in a row.</summary>
    public void Answer(List<ShareAnswer> answers)
    {
        ReadOnlySpan<ShareAnswer> rest = CollectionsMarshal.AsSpan(answers);
        int start = 0;
        while (start < rest.Length)
        {
            DownstreamConnection miner = rest[start].Origin.Miner;
            int end = start + 1;
            while (end < rest.Length && ReferenceEquals(rest[end].Origin.Miner, miner))
                end++;
            miner.Invoke((Self: this, answers, start, end), static (session, batch) => batch.Self.Answer(session, batch.answers, batch.start, batch.end));
            start = end;
        }
    }

    private void Answer(MiningServerSession session, List<ShareAnswer> answers, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            (ShareOrigin origin, string? errorCode) = answers[i];
            if (errorCode is null)
                session.AcknowledgeShare(origin.Number);
            else if (session.RefuseShare(origin.Number, errorCode))
                totals.TakeBack(errorCode);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Dropped a frame of miner {Miner} that is for nobody here: extension 0x{Extension:x4}, type 0x{Type:x2}")]
    private partial void LogUnknown(string miner, ushort extension, byte type);
}
