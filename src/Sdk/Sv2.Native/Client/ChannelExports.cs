using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Mining.Client;
using Sv2.Native.Abi;
using Sv2.Protocol;

namespace Sv2.Native.Client;

/// <summary>Opening, changing and closing channels.</summary>
internal static unsafe class ChannelExports
{
    private const int TextMax = 255;

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_open_standard_channel", CallConvs = [typeof(CallConvCdecl)])]
    public static Status OpenStandard(nuint client, byte* userIdentity, float hashRate, U256* maxTarget, uint* requestId) =>
        Open(client, userIdentity, hashRate, maxTarget, requestId, minExtranonceSize: null);

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_open_extended_channel", CallConvs = [typeof(CallConvCdecl)])]
    public static Status OpenExtended(nuint client, byte* userIdentity, float hashRate, U256* maxTarget, ushort minExtranonceSize, uint* requestId) =>
        Open(client, userIdentity, hashRate, maxTarget, requestId, minExtranonceSize);

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_update_channel", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Update(nuint client, uint channelId, float hashRate, U256* maxTarget)
    {
        try
        {
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(ConnectionExports.Kind);
            if (!(hashRate >= 0) || float.IsInfinity(hashRate))
                return Failure.With(Status.Argument, "hash_rate: must be a number from 0 up");
            lock (it.Gate)
            {
                if (Channel(it, channelId, out var session, out var status) is not { } channel)
                    return status;
                session.UpdateChannel(channel, hashRate, Target(maxTarget));
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_close_channel", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Close(nuint client, uint channelId, byte* reason)
    {
        try
        {
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(ConnectionExports.Kind);
            var text = Arguments.Text(reason) ?? "";
            if (text.Length > TextMax || !text.All(c => c is >= ' ' and <= '~'))
                return Failure.With(Status.Argument, $"reason: more than {TextMax} bytes, or not printable ASCII");
            lock (it.Gate)
            {
                if (Channel(it, channelId, out var session, out var status) is not { } channel)
                    return status;
                if (text.Length == 0)
                    session.CloseChannel(channel);
                else
                    session.CloseChannel(channel, text);
                it.Client.Works.Remove(channelId);
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_channel", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Describe(nuint client, uint channelId, NativeChannel* channel)
    {
        try
        {
            if (channel is null)
                return Failure.Null("channel");
            *channel = default;
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(ConnectionExports.Kind);
            lock (it.Gate)
            {
                if (Channel(it, channelId, out _, out var status) is not { } found)
                    return status;
                *channel = ClientEvent.Snapshot(found);
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    /// <summary>Finds an open channel; the caller holds the gate.</summary>
    internal static ClientChannel? Channel(ClientObject it, uint channelId, out MiningClientSession session, out Status status)
    {
        if (Session(it, out session, out status) is null)
            return null;
        if (session.FindChannel(channelId) is { } channel)
            return channel;
        status = Failure.With(Status.Stale, $"channel {channelId} is not open");
        return null;
    }

    /// <summary>The session of a connection that is set up; the caller holds the gate.</summary>
    internal static MiningClientSession? Session(ClientObject it, out MiningClientSession session, out Status status)
    {
        session = null!;
        status = it.IsFreed ? Failure.Handle(ConnectionExports.Kind)
            : it.Client.IsClosed ? Failure.With(Status.Closed, "the connection is over; the event of its end says why")
            : it.Client.Session is null ? Failure.With(Status.State, "the server has not accepted the connection yet: wait for SV2_EVENT_CONNECTED")
            : Status.Ok;
        return status == Status.Ok ? session = it.Client.Session! : null;
    }

    private static Status Open(nuint client, byte* userIdentity, float hashRate, U256* maxTarget, uint* requestId, ushort? minExtranonceSize)
    {
        try
        {
            if (requestId is null)
                return Failure.Null("request_id");
            *requestId = 0;
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(ConnectionExports.Kind);
            if (Arguments.Text(userIdentity) is not { } user || System.Text.Encoding.UTF8.GetByteCount(user) > TextMax)
                return Failure.With(Status.Argument, $"user_identity: NULL, or more than {TextMax} bytes");
            if (!(hashRate >= 0) || float.IsInfinity(hashRate))
                return Failure.With(Status.Argument, "hash_rate: must be a number from 0 up");
            if (minExtranonceSize > 32)
                return Failure.With(Status.Argument, $"min_extranonce_size: {minExtranonceSize} exceeds 32");
            lock (it.Gate)
            {
                if (Session(it, out var session, out var status) is null)
                    return status;
                *requestId = minExtranonceSize is { } size
                    ? session.OpenExtendedChannel(user, hashRate, Target(maxTarget), size)
                    : session.OpenStandardChannel(user, hashRate, Target(maxTarget));
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    private static U256 Target(U256* maxTarget) => maxTarget is null ? U256.MaxValue : Unsafe.ReadUnaligned<U256>(maxTarget);
}
