using Sv1;
using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Translator;

// What the miner asks and submits; called by its session, under the lock.
internal sealed partial class TranslatorMiner
{
    /// <summary>Event type: a miner's share is a block. The pool tells what becomes of it.</summary>
    public const string BlockForwarded = "block-forwarded";

    void ISv1ServerEvents.OnSubscribing(Sv1ServerSession session)
    {
        if (!_services.Jobs.HasPrefixInSubscription)
            session.SetExtranonce(ByteString.CopyOf(Local), _services.Jobs.Extranonce2Size);
        else
            _route.OnSubscribing(this);
    }

    Sv1Error? ISv1ServerEvents.OnAuthorize(Sv1ServerSession session, in AuthorizeRequest request)
    {
        string user = request.User;
        (Worker worker, bool isFirst) = _services.Workers.Join(user);
        _workers[user] = (worker, MinerName.Tlv(user, _services.Options.TlvByteOrder));
        if (request.TryGetDifficulty(out double difficulty))
            Suggest(Sv1Difficulty.ToTarget(difficulty));
        if (isFirst)
            _services.Events.Publish(RoleEventTypes.WorkerOnline, RoleEventSeverity.Info, $"{LogText.Sanitise(user)} is mining here with {Software(session)}");
        return null;
    }

    void ISv1ServerEvents.OnReady(Sv1ServerSession session)
    {
        _established(this);
        _wanted = _vardiff.Start(0, _services.Time.GetTimestamp());
        if (_suggested is { } suggested)
            _wanted = suggested;
        _route.OnReady(this);
    }

    void ISv1ServerEvents.OnTargetSuggested(Sv1ServerSession session, in U256 target)
    {
        Suggest(target);
        if (!session.IsReady || _suggested is not { } suggested)
            return;
        _wanted = suggested;
        _wantsJob |= ApplyTarget();
        _vardiff.OnTarget(session.Target, _services.Time.GetTimestamp());
        SendWantedJob();
    }

    Sv1Error? ISv1ServerEvents.OnShare(Sv1ServerSession session, in Sv1Share share)
    {
        SentWork sent = (SentWork)share.Job.Tag!;
        MiningWork work = sent.Work;
        (Worker worker, byte[] tlv) = _workers[share.Worker];
        if (sent.Session.IsClosed)
            return NoPool;
        bool isBlock = new CompactTarget(work.NBits).TryToTarget(out U256 network) && share.Hash <= network;
        if ((isBlock || share.Hash <= work.Target) && !Forward(sent, work, share, tlv))
            return sent.Session.IsClosed ? NoPool : JobEnded;
        ulong hashes = Target.Work(share.Target);
        Count(share, worker, hashes, isBlock);
        _vardiff.OnShare(hashes, _services.Time.GetTimestamp());
        Retarget();
        SendWantedJob();
        return null;
    }

    void ISv1ServerEvents.OnShareRefused(Sv1ServerSession session, string? worker, Sv1Error error)
    {
        string reason = ShareReasons.Of(error);
        Tally.Refuse(reason);
        _services.Tally.Refuse(reason);
        if (worker is not null && _workers.TryGetValue(worker, out (Worker Worker, byte[] Tlv) known))
            known.Worker.Tally.Refuse(reason);
    }

    private static string Software(Sv1ServerSession session) => session.UserAgent.Length > 0 ? LogText.Sanitise(session.UserAgent) : "unnamed software";

    private void Suggest(in U256 target)
    {
        if (_services.Options.Difficulty.AcceptSuggestions)
            _suggested = Target.Harder(target, EasiestTarget);
    }

    private bool Forward(SentWork sent, MiningWork work, in Sv1Share share, byte[] tlv)
    {
        Span<byte> extranonce = _extranonce.AsSpan(0, work.ExtranonceSize);
        _services.Jobs.Extranonce(work, share, extranonce);
        BlockHeader header = share.Header;
        ReadOnlySpan<byte> tlvs = _services.Options.WorkerNames && sent.Session.Supports(WorkerTlv.Extension) ? tlv : default;
        if (!sent.Session.TrySubmit(work, header.Nonce, header.NTime, header.Version, extranonce, out _, tlvs))
            return false;
        _services.Forwarded.Add();
        return true;
    }

    private void Count(in Sv1Share share, Worker worker, ulong hashes, bool isBlock)
    {
        _lastShareAt = _services.Time.GetUtcNow();
        Tally.Accept(share.Hash);
        _services.Tally.Accept(share.Hash);
        worker.Accept(share.Hash, hashes, _lastShareAt.Value);
        if (!isBlock)
            return;
        _services.Blocks.Add();
        _services.Events.Publish(BlockForwarded, RoleEventSeverity.Success, $"{LogText.Sanitise(share.Worker)} found block {share.Hash.ToDisplayString()}; the pool has it");
    }
}
