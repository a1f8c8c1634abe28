using System.Runtime.InteropServices;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv1;

// The check of a share, in this order: subscribed, worker, job, extranonce, nTime, version, hash, repeated, the owner.
public sealed partial class Sv1ServerSession
{
    private void OnSubmit(in Sv1Line line)
    {
        string? worker = null;
        Sv1Error? error = SubmitRequest.TryRead(line.Params, out SubmitRequest request, out string? fault)
            ? Check(request, out worker)
            : Sv1Error.Other(fault);
        if (error is null)
        {
            Grant(line);
            return;
        }
        Refuse(line, error);
        _events.OnShareRefused(this, worker, error);
    }

    private Sv1Error? Check(in SubmitRequest request, out string? worker)
    {
        worker = null;
        if (!IsSubscribed)
            return Sv1Error.NotSubscribed;
        worker = FindWorker(request.Worker);
        if (worker is null)
            return Sv1Error.Unauthorized;
        int index = FindJob(request.JobId);
        if (index < 0)
            return IsRetired(request.JobId) ? Stale : Sv1Error.JobNotFound;
        return Check(request, worker, CollectionsMarshal.AsSpan(_jobs)[index]);
    }

    private Sv1Error? Check(in SubmitRequest request, string worker, in SentJob sent)
    {
        Span<byte> extranonce2 = stackalloc byte[SubscribeResult.SizeMax];
        if (!request.TryGetExtranonce2(extranonce2, out int size) || size != sent.Extranonce2Size)
            return Sv1Error.Other($"extranonce2: not {sent.Extranonce2Size} hexadecimal bytes");
        extranonce2 = extranonce2[..size];
        if (request.NTime < sent.Job.Message.NTime || request.NTime > LatestNTime())
            return Sv1Error.Other($"ntime: not between the job's and {_options.NTimeAheadMax.TotalMinutes:0} minutes from now");
        if (((request.VersionBits ?? 0) & ~sent.VersionMask) != 0)
            return Sv1Error.Other($"version_bits: outside the mask {sent.VersionMask:x8}");

        uint version = request.VersionBits is { } bits ? (sent.Job.Message.Version & ~sent.VersionMask) | bits : sent.Job.Message.Version;
        BlockHeader header = sent.Job.Header(sent.Extranonce1.Span, extranonce2, version, request.NTime, request.Nonce);
        U256 hash = header.Hash();
        if (hash > sent.Target)
            return Sv1Error.LowDifficulty;
        if (!_seen.TryAdd(hash))
            return Sv1Error.DuplicateShare;
        return _events.OnShare(this, new Sv1Share
        {
            Job = sent.Job,
            Worker = worker,
            Extranonce1 = sent.Extranonce1.Span,
            Extranonce2 = extranonce2,
            Header = header,
            Hash = hash,
            Target = sent.Target,
        });
    }

    /// <summary>What a share gets whose job a newer block has ended. The code is that of an unknown job, which is what miners know.</summary>
    public static Sv1Error Stale { get; } = new(Sv1Error.JobNotFoundCode, "Stale share");

    private uint LatestNTime() =>
        (uint)Math.Clamp(_time.GetUtcNow().ToUnixTimeSeconds() + (long)_options.NTimeAheadMax.TotalSeconds, 0, uint.MaxValue);

    private int FindJob(ReadOnlySpan<byte> id)
    {
        for (int i = _jobs.Count - 1; i >= 0; i--)
            if (Is(_jobs[i].Job.Id, id))
                return i;
        return -1;
    }

    private bool IsRetired(ReadOnlySpan<byte> id)
    {
        foreach (string retired in _retired)
            if (Is(retired, id))
                return true;
        return false;
    }

    private static bool Is(string id, ReadOnlySpan<byte> text)
    {
        if (id.Length != text.Length)
            return false;
        for (int i = 0; i < text.Length; i++)
            if (id[i] != text[i])
                return false;
        return true;
    }
}
