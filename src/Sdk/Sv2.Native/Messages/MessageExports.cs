using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Native.Abi;
using Sv2.Protocol;

namespace Sv2.Native.Messages;

/// <summary>Encoding and decoding of every message, and what the structs look like.</summary>
internal static unsafe class MessageExports
{
    [UnmanagedCallersOnly(EntryPoint = "sv2_message_encode", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Encode(uint kind, byte* message, NativeBytes tlvs, byte* frame, nuint capacity, nuint* length)
    {
        try
        {
            if (length is null)
                return Failure.Null("length");
            *length = 0;
            if (message is null)
                return Failure.Null("message");
            if (!tlvs.IsValid)
                return Failure.Null("tlvs.data");
            if (frame is null && capacity > 0)
                return Failure.Null("frame");
            return MessageLayout.Find(kind) is { } layout
                ? MessageEncoder.Write(layout, message, tlvs, frame, capacity, length)
                : Unknown(kind);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_message_decode", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Decode(byte* frame, nuint length, NativeMessage* message)
    {
        try
        {
            if (message is null)
                return Failure.Null("message");
            message->Kind = NativeMessage.NoKind;
            message->Tlvs = default;
            if (frame is null)
                return Failure.Null("frame");
            var shown = (int)Math.Min(length, FrameHeader.Size + FrameHeader.PayloadLengthMax);
            if (!FrameHeader.TryRead(new ReadOnlySpan<byte>(frame, shown), out var header))
                return Failure.With(Status.Truncated, $"a frame header takes {FrameHeader.Size} bytes, there are {length}");
            if (header.FrameLength > shown)
                return Failure.With(Status.Truncated, $"the frame has {header.FrameLength} bytes, there are {length}");
            var kind = ((uint)header.ExtensionType << 8) | header.MessageType;
            if (MessageLayout.Find(kind) is not { } layout)
                return Unknown(kind);
            var status = MessageDecoder.Read(layout, frame + FrameHeader.Size, header.PayloadLength, (byte*)message + NativeMessage.UnionOffset, out message->Tlvs);
            // Set last: a message that could not be read has no kind, so that nobody looks into it by mistake.
            if (status == Status.Ok)
                message->Kind = kind;
            return status;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_message_count", CallConvs = [typeof(CallConvCdecl)])]
    public static nuint Count() => (nuint)MessageLayout.All.Length;

    [UnmanagedCallersOnly(EntryPoint = "sv2_message_kind", CallConvs = [typeof(CallConvCdecl)])]
    public static uint KindAt(nuint index) => index < (nuint)MessageLayout.All.Length ? MessageLayout.All[index].Kind : NativeMessage.NoKind;

    [UnmanagedCallersOnly(EntryPoint = "sv2_message_describe", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Describe(uint kind, NativeMessageInfo* info)
    {
        try
        {
            if (info is null)
                return Failure.Null("info");
            *info = default;
            if (MessageLayout.Find(kind) is not { } layout)
                return Unknown(kind);
            info->Fill(layout);
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_message_describe_field", CallConvs = [typeof(CallConvCdecl)])]
    public static Status DescribeField(uint kind, nuint index, NativeFieldInfo* info)
    {
        try
        {
            if (info is null)
                return Failure.Null("info");
            *info = default;
            if (MessageLayout.Find(kind) is not { } layout)
                return Unknown(kind);
            if (index >= (nuint)layout.Fields.Length)
                return Status.None;
            info->Fill(layout.Fields[index]);
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    private static Status Unknown(uint kind) => Failure.With(Status.UnknownMessage, $"there is no message of kind 0x{kind:x6}");
}
