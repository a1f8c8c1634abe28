using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Native.Abi;

namespace Sv2.Native.Client;

/// <summary>The connection of a mining client: bytes in, bytes out, events.</summary>
internal static unsafe class ConnectionExports
{
    internal const string Kind = "sv2_client";

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_new", CallConvs = [typeof(CallConvCdecl)])]
    public static Status New(NativeClientConfig* config, nuint* client)
    {
        try
        {
            if (client is null)
                return Failure.Null("client");
            *client = 0;
            return ClientSettings.Read(config, out var status) is { } settings
                ? Owned.Give(new ClientObject(new MiningClient(settings)), client)
                : status;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_free", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Free(nuint client) => Owned.Free<ClientObject>(client, Kind);

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_receive", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Receive(nuint client, byte* data, nuint length, nuint* taken)
    {
        try
        {
            if (taken is null)
                return Failure.Null("taken");
            *taken = 0;
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(Kind);
            if (!Arguments.IsReadable(data, length))
                return Failure.Null("data");
            lock (it.Gate)
            {
                if (it.IsFreed)
                    return Failure.Handle(Kind);
                if (it.Client.IsClosed)
                    return Failure.With(Status.Closed, "the connection is over; the event of its end says why");
                *taken = (nuint)it.Client.Receive(new ReadOnlySpan<byte>(data, (int)length));
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_outgoing", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Outgoing(nuint client, byte* buffer, nuint capacity, nuint* length)
    {
        try
        {
            if (length is null)
                return Failure.Null("length");
            *length = 0;
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(Kind);
            if (buffer is null && capacity > 0)
                return Failure.Null("buffer");
            lock (it.Gate)
            {
                if (it.IsFreed)
                    return Failure.Handle(Kind);
                var waiting = it.Client.Outgoing;
                if (waiting.IsEmpty)
                    return Status.None;
                var copied = (int)Math.Min((nuint)waiting.Length, capacity);
                waiting[..copied].CopyTo(new Span<byte>(buffer, copied));
                *length = (nuint)copied;
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_sent", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Sent(nuint client, nuint length)
    {
        try
        {
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(Kind);
            lock (it.Gate)
            {
                if (it.IsFreed)
                    return Failure.Handle(Kind);
                if (length > (nuint)it.Client.Outgoing.Length)
                    return Failure.With(Status.Argument, $"length: {length} bytes, only {it.Client.Outgoing.Length} wait to be sent");
                it.Client.Sent((int)length);
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_next_event", CallConvs = [typeof(CallConvCdecl)])]
    public static Status NextEvent(nuint client, NativeEvent* next)
    {
        try
        {
            if (next is null)
                return Failure.Null("event");
            next->Type = (uint)ClientEventType.None;
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(Kind);
            lock (it.Gate)
            {
                if (it.IsFreed)
                    return Failure.Handle(Kind);
                if (!it.Client.TryTake(out var taken))
                    return Status.None;
                taken.Write(next);
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_client_has_extension", CallConvs = [typeof(CallConvCdecl)])]
    public static Status HasExtension(nuint client, ushort extension)
    {
        try
        {
            if (Handles.Find<ClientObject>(client) is not { } it)
                return Failure.Handle(Kind);
            lock (it.Gate)
                return it.IsFreed ? Failure.Handle(Kind) : it.Client.HasExtension(extension) ? Status.Ok : Status.None;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }
}
