using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Native.Abi;
using Sv2.Native.Messages;
using Sv2.Protocol;
using Sv2.Protocol.Extensions.WorkerHashrateTracking;
using Sv2.Protocol.Mining;

namespace Sv2.Native.Client;

/// <summary>Work and shares.</summary>
internal static unsafe class ShareExports
{
    private const int WorkerBytesMax = 32;

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_work", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Work(nuint client, uint channelId, NativeWork* work)
    {
        try
        {
            if (work is null)
                return Failure.Null("work");
            *work = default;
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(ConnectionExports.Kind);
            lock (it.Gate)
            {
                if (ChannelExports.Channel(it, channelId, out _, out var status) is null)
                    return status;
                if (it.Client.Works.Latest(channelId) is not { } latest)
                    return Status.None;
                ClientEvent.Fill(work, latest, isNewBlock: false);
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_header", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Header(nuint client, uint channelId, uint jobId, byte* extranonce, nuint extranonceSize, byte* header, uint* ntimeMax)
    {
        try
        {
            if (header is null)
                return Failure.Null("header");
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(ConnectionExports.Kind);
            if (!Arguments.IsReadable(extranonce, extranonceSize))
                return Failure.Null("extranonce");
            MiningWork? work;
            lock (it.Gate)
            {
                work = FindWork(it, channelId, jobId, out var status);
                if (work is null)
                    return status;
            }
            // Work is immutable: the merkle path is hashed without holding up the connection.
            if (extranonceSize != (nuint)work.ExtranonceSize)
                return Failure.With(Status.Argument, $"extranonce_size: {extranonceSize} bytes, channel {channelId} takes {work.ExtranonceSize}");
            work.Header(new ReadOnlySpan<byte>(extranonce, (int)extranonceSize)).Write(new Span<byte>(header, BlockHeader.Size));
            if (ntimeMax is not null)
                *ntimeMax = work.NTimeMax(it.Client.Clock);
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_submit", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Submit(nuint client, NativeShare* share, uint* sequenceNumber)
    {
        try
        {
            if (sequenceNumber is not null)
                *sequenceNumber = 0;
            if (share is null)
                return Failure.Null("share");
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(ConnectionExports.Kind);
            if (!Arguments.IsReadable(share->Extranonce, share->ExtranonceSize))
                return Failure.Null("share->extranonce");
            var worker = Arguments.Text(share->Worker) ?? "";
            if (System.Text.Encoding.UTF8.GetByteCount(worker) > WorkerBytesMax)
                return Failure.With(Status.Argument, $"share->worker: more than {WorkerBytesMax} bytes");
            lock (it.Gate)
            {
                if (FindWork(it, share->ChannelId, share->JobId, out var status) is not { } work)
                    return status;
                return Submit(it.Client, work, share, worker, sequenceNumber);
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_set_custom_mining_job", CallConvs = [typeof(CallConvCdecl)])]
    public static Status SetCustomJob(nuint client, byte* job, uint* requestId)
    {
        try
        {
            if (requestId is null)
                return Failure.Null("request_id");
            *requestId = 0;
            if (job is null)
                return Failure.Null("job");
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(ConnectionExports.Kind);
            if (Encoded(job, out var payload) is { } failed)
                return failed;
            if (!SetCustomMiningJob.TryRead(payload, out var message, out var error))
                return Failure.With(Status.Malformed, error.ToString());
            lock (it.Gate)
            {
                if (ChannelExports.Session(it, out var session, out var status) is null)
                    return status;
                *requestId = session.SetCustomMiningJob(message);
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    private static Status Submit(MiningClient client, MiningWork work, NativeShare* share, string worker, uint* sequenceNumber)
    {
        Span<byte> tlv = stackalloc byte[Tlv.HeaderSize + WorkerBytesMax];
        TlvWriter writer = new(tlv);
        var info = UserIdentityTlv.Info;
        if (worker.Length > 0 && work.Channel.Kind == Sv2.Mining.ChannelKind.Extended && client.HasExtension(info.ExtensionType))
            writer.Write(info.ExtensionType, info.FieldType, System.Text.Encoding.UTF8.GetBytes(worker));
        var extranonce = new ReadOnlySpan<byte>(share->Extranonce, (int)share->ExtranonceSize);
        if (!client.Session!.TrySubmit(work, share->Nonce, share->NTime, share->Version, extranonce, out var sequence, writer.Written))
            return Failure.With(Status.Stale, $"job {share->JobId} of channel {share->ChannelId} has ended");
        if (sequenceNumber is not null)
            *sequenceNumber = sequence;
        return Status.Ok;
    }

    private static MiningWork? FindWork(ClientObject it, uint channelId, uint jobId, out Status status)
    {
        if (ChannelExports.Channel(it, channelId, out _, out status) is null)
            return null;
        if (it.Client.Works.Find(channelId, jobId) is { } work)
            return work;
        status = Failure.With(Status.Stale, $"channel {channelId} has no job {jobId} any more");
        return null;
    }

    /// <summary>The struct as the bytes of its message, which the SDK then reads like any other.</summary>
    private static Status? Encoded(byte* job, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        var layout = MessageLayout.Find(SetCustomMiningJob.Info.MessageType)!;
        nuint length;
        var status = MessageEncoder.Write(layout, job, default, null, 0, &length);
        if (status != Status.Buffer)
            return status;
        var frame = new byte[(int)length];
        fixed (byte* target = frame)
            status = MessageEncoder.Write(layout, job, default, target, length, &length);
        payload = frame.AsSpan(FrameHeader.Size);
        return status == Status.Ok ? null : status;
    }
}
