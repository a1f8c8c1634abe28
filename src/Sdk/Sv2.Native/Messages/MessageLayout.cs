using System.Collections.Frozen;
using Sv2.Protocol;
using Sv2.Protocol.Inspection;

namespace Sv2.Native.Messages;

/// <summary>A message's C struct, computed from the specification's model as the header is written from it.</summary>
internal sealed class MessageLayout
{
    private const int CoreMessages = 256;

    private static readonly MessageLayout?[] Core = new MessageLayout?[CoreMessages];
    private static readonly FrozenDictionary<uint, MessageLayout> Others;

    private readonly uint _headerStart;

    static MessageLayout()
    {
        All = [.. MessageCatalog.Specification.Messages.Select(info => new MessageLayout(info))];
        foreach (var layout in All.Where(layout => layout.Kind < CoreMessages))
            Core[layout.Kind] = layout;
        Others = All.Where(layout => layout.Kind >= CoreMessages).ToFrozenDictionary(layout => layout.Kind);
    }

    private MessageLayout(MessageInfo info)
    {
        Info = info;
        List<FieldLayout> fields = [];
        var end = 0;
        var widest = 1;
        foreach (var field in info.Fields)
        {
            var placed = FieldLayout.After(end, field, out var alignment);
            fields.Add(placed);
            end = placed.Offset + placed.Size;
            widest = Math.Max(widest, alignment);
        }
        Fields = [.. fields];
        StructSize = Math.Max(1, FieldLayout.Align(end, widest));
        Runs = [.. FieldRun.Join(Fields)];
        var header = info.Header(0);
        _headerStart = header.RawExtensionType | ((uint)header.MessageType << 16);
    }

    /// <summary>All messages, in the order of the specification.</summary>
    public static MessageLayout[] All { get; }

    public MessageInfo Info { get; }

    /// <summary>The number in <c>sv2_kind</c>.</summary>
    public uint Kind => ((uint)Info.ExtensionType << 8) | Info.MessageType;

    public FieldLayout[] Fields { get; }

    /// <summary>The fields as they are carried: neighbours that are mere copies in one step.</summary>
    public FieldRun[] Runs { get; }

    public int StructSize { get; }

    /// <summary>Writes the six bytes of a frame header.</summary>
    public unsafe void WriteHeader(byte* frame, uint payloadLength)
    {
        var start = _headerStart | (payloadLength << 24);
        frame[0] = (byte)start;
        frame[1] = (byte)(start >> 8);
        frame[2] = (byte)(start >> 16);
        frame[3] = (byte)(start >> 24);
        frame[4] = (byte)(payloadLength >> 8);
        frame[5] = (byte)(payloadLength >> 16);
    }

    public static MessageLayout? Find(uint kind) => kind < CoreMessages ? Core[kind] : Others.GetValueOrDefault(kind);
}
