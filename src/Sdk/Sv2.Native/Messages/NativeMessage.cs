using System.Runtime.InteropServices;
using Sv2.Native.Abi;
using Sv2.Protocol;

namespace Sv2.Native.Messages;

/// <summary>The head of <c>sv2_message</c>; the union of all messages follows it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeMessage
{
    /// <summary><c>SV2_KIND_NONE</c>.</summary>
    public const uint NoKind = 0xffffff;

    public uint Kind;
    public NativeBytes Tlvs;

    /// <summary>Some messages have 64-bit numbers, so the union is aligned to them.</summary>
    public static unsafe int UnionOffset => FieldLayout.Align(sizeof(NativeMessage), sizeof(ulong));

    /// <summary>Bytes of the whole struct.</summary>
    public static int Size => FieldLayout.Align(UnionOffset + MessageLayout.All.Max(layout => layout.StructSize), sizeof(ulong));
}

/// <summary><c>sv2_message_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMessageInfo
{
    private const int NameSize = 64;

    public uint Kind;
    public ushort ExtensionType;
    public byte MessageType;
    public byte IsChannelMessage;
    public uint Direction;
    public uint FieldCount;
    public uint StructSize;
    public uint PayloadMin;
    public fixed byte Name[NameSize];
    public fixed byte Protocol[NameSize];

    public void Fill(MessageLayout layout)
    {
        Kind = layout.Kind;
        ExtensionType = layout.Info.ExtensionType;
        MessageType = layout.Info.MessageType;
        IsChannelMessage = layout.Info.IsChannelMessage ? (byte)1 : (byte)0;
        Direction = (uint)layout.Info.Direction;
        FieldCount = (uint)layout.Fields.Length;
        StructSize = (uint)layout.StructSize;
        PayloadMin = (uint)layout.Info.MinPayloadLength;
        fixed (byte* name = Name, protocol = Protocol)
        {
            Arguments.CopyInto(layout.Info.Name, name, NameSize);
            Arguments.CopyInto(layout.Info.Protocol, protocol, NameSize);
        }
    }
}

/// <summary><c>sv2_field_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeFieldInfo
{
    private const int NameSize = 64;

    public uint Offset;
    public uint Size;
    public fixed byte Name[NameSize];
    public fixed byte Type[NameSize];

    public void Fill(FieldLayout field)
    {
        Offset = (uint)field.Offset;
        Size = (uint)field.Size;
        fixed (byte* name = Name, type = Type)
        {
            Arguments.CopyInto(field.Info.Name, name, NameSize);
            Arguments.CopyInto(field.Info.Type.Name, type, NameSize);
        }
    }
}
