using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Sv2.Protocol.Common;
using Sv2.Protocol.Inspection;
using Sv2.Protocol.Mining;
using Sv2.Protocol.Tests.Contracts;
using Sv2.TestKit;

namespace Sv2.Protocol.Tests.Inspection;

/// <summary>The Wireshark dissector: its text, and what tshark shows with it.</summary>
public class WiresharkDissectorTests
{
    private static readonly MessageCatalog Catalog = MessageCatalog.Specification.With(MarkedTypes.Info);

    private static readonly SubmitSharesExtended Share =
        new() { ChannelId = 1, SequenceNumber = 2, JobId = 3, Nonce = 4, NTime = 5, Version = 6, Extranonce = new byte[] { 0xab } };

    [Fact]
    public void File_is_up_to_date()
    {
        string path = Path.Combine(Root(), "docs", "wireshark", "sv2.lua");
        string text = WiresharkDissector.Write(MessageCatalog.Specification);
        if (Environment.GetEnvironmentVariable("SV2_UPDATE_GOLDEN") == "1")
        {
            Assert.True(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), "The dissector is not updated where CI is set.");
            File.WriteAllText(path, text);
        }

        bool isSame = File.ReadAllText(path).ReplaceLineEndings("\n") == text;
        Assert.True(isSame, "docs/wireshark/sv2.lua is out of date: run these tests with SV2_UPDATE_GOLDEN=1 and look at the difference.");
    }

    [Fact]
    public void Extension_of_a_vendor_is_in_it()
    {
        string text = WiresharkDissector.Write(Catalog);
        Assert.Contains("  [0x400207] = { \"marked_types\", \"Marked.Report\", {\n", text, StringComparison.Ordinal);
        Assert.Contains("[0x400201] = \"marked_types.serial_tlv\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_cannot_break_out_of_the_script()
    {
        MessageInfo odd = new("A\"]]", "p\\", 0x4003, 0, false, MessageDirection.Both, "", "", [new FieldInfo("f\n\"", Marked.Info.Fields[0].Type, "\"..os.exit()..\"")]);
        string text = WiresharkDissector.Write(new MessageCatalog([odd], []));
        Assert.Contains("""{ "p\\", "A\"]]", {""", text, StringComparison.Ordinal);
        Assert.Contains("""{ "f \"", u(4), "\"..os.exit()..\"" },""", text, StringComparison.Ordinal);
    }

    [TsharkFact]
    public async Task Every_field_of_every_message_is_shown_with_its_value()
    {
        List<(MessageInfo Message, byte[] Payload)> cases = [.. Catalog.Messages.SelectMany(m =>
            new[] { PayloadSize.Shortest, PayloadSize.Typical }.Select(size => (m, PayloadBuilder.Build(m, size, seed: 21))))];
        IReadOnlyList<XElement> packets = await Capture.OfFrames(cases.Select(c => FrameOf(c.Message, c.Payload))).DissectAsync(Catalog);

        Assert.Equal(cases.Count, packets.Count);
        foreach (((MessageInfo message, byte[] payload), XElement packet) in cases.Zip(packets))
        {
            string prefix = $"sv2.{message.Protocol}.{message.Name}.";
            Assert.Equal([message.Name], Shown(packet, "sv2.message"));
            Assert.Empty(Malformed(packet));
            Assert.Equal(
                Values(message, payload).Select(v => $"{prefix}{v.Field} = {v.Shown}"),
                Fields(packet).Where(f => Name(f).StartsWith(prefix, StringComparison.Ordinal)).Select(f => $"{Name(f)} = {Value(message, f, Name(f)[prefix.Length..])}"));
        }
    }

    [TsharkFact]
    public async Task Frames_are_put_together_from_the_segments_of_a_connection()
    {
        byte[] stream = [.. Frame.ToArray(Share), .. Frame.ToArray(new SetTarget { ChannelId = 7, MaximumTarget = U256.MaxValue }), .. Frame.ToArray(Share)];
        IReadOnlyList<XElement> packets = await Capture.OfStream(stream[..3], stream[3..40], stream[40..41], stream[41..]).DissectAsync(Catalog);
        Assert.Equal(["SubmitSharesExtended", "SetTarget", "SubmitSharesExtended"], packets.SelectMany(p => Shown(p, "sv2.message")));
        Assert.All(packets, p => Assert.Empty(Malformed(p)));
    }

    [TsharkFact]
    public async Task TLVs_are_shown_in_either_byte_order_and_by_name()
    {
        byte[] little = [2, 0, 1, 1, 0, 0x41];
        byte[] big = [0, 2, 1, 0, 1, 0x41];
        IReadOnlyList<XElement> packets = await Capture.OfFrames(Frame.ToArray(Share, little), Frame.ToArray(Share, big), Frame.ToArray(Share, [1, 2, 3])).DissectAsync(Catalog);
        foreach (XElement packet in packets.Take(2))
        {
            Assert.Equal(["worker_hashrate_tracking.user_identity"], Shown(packet, "sv2.tlv"));
            Assert.Equal(["0x0002"], Shown(packet, "sv2.tlv.extension_type"));
            Assert.Equal(["41"], Shown(packet, "sv2.tlv.value"));
            Assert.Empty(Malformed(packet));
        }

        Assert.Equal(["no whole TLVs after the last field"], Malformed(packets[2]));
    }

    [TsharkFact]
    public async Task What_cannot_be_read_is_said_to_be_so()
    {
        byte[] share = Frame.ToArray(Share);
        share[^2] = 33; // longer than an extranonce can be
        byte[] cut = [.. Frame.ToArray(new SetupConnectionError { Flags = 0, ErrorCode = "abc" })[..^1]];
        byte[] unknown = [3, 0, 9, 2, 0, 0, 0xca, 0xfe];
        byte[] encrypted = new byte[22];
        new Random(3).NextBytes(encrypted);
        IReadOnlyList<XElement> packets = await Capture.OfFrames(share, cut, unknown, encrypted, [1, 2, 3]).DissectAsync(Catalog);
        Assert.Equal(["field extranonce does not fit"], Malformed(packets[0]));
        Assert.Equal(["the frame is cut short", "field error_code does not fit"], Malformed(packets[1]));
        Assert.Equal(["unknown 0x000309"], Shown(packets[2], "sv2.message"));
        Assert.Equal(["ca:fe"], Shown(packets[2], "sv2.payload"));
        Assert.All(packets.Skip(3), p => Assert.Empty(Shown(p, "sv2.message")));
        Assert.All(packets.Skip(3), p => Assert.Contains(p.Elements("proto"), e => ((string?)e.Attribute("showname") ?? "").Contains("not in the clear", StringComparison.Ordinal)));
    }

    private static byte[] FrameOf(MessageInfo message, byte[] payload)
    {
        byte[] frame = new byte[FrameHeader.Size + payload.Length];
        message.Header(payload.Length).Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        return frame;
    }

    private static IEnumerable<XElement> Fields(XElement packet) => packet.Descendants("field");

    private static string Name(XElement field) => (string)field.Attribute("name")!;

    private static IEnumerable<string> Shown(XElement packet, string name) => Fields(packet).Where(f => Name(f) == name).Select(f => (string)f.Attribute("show")!);

    private static IEnumerable<string> Malformed(XElement packet) => Shown(packet, "_ws.expert.message");

    // Numbers, booleans and texts as tshark shows them, all else as the bytes that it took for the value.
    private static string Value(MessageInfo message, XElement field, string name)
    {
        WireType type = message.Fields.Single(f => f.Name == name).Type;
        string shown = (string)field.Attribute("show")!;
        return (type.Element ?? type).Kind switch
        {
            WireKind.Unsigned or WireKind.Text => shown,
            WireKind.Bool => shown is "1" or "True" ? "true" : "false",
            _ => (string?)field.Attribute("value") ?? "",
        };
    }

    private static List<(string Field, string Shown)> Values(MessageInfo message, byte[] payload)
    {
        List<(string, string)> values = [];
        int offset = 0;
        foreach (FieldInfo field in message.Fields) Append(field.Name, field.Type);
        return values;

        void Append(string name, WireType type)
        {
            if (type.IsFixedLength)
            {
                values.Add((name, Show(type, payload.AsSpan(offset, type.Size))));
                offset += type.Size;
                return;
            }

            int count = 0;
            for (int i = 0; i < type.Size; i++) count |= payload[offset++] << (8 * i);
            if (type.Element is { } element)
            {
                for (int i = 0; i < count; i++) Append(name, element);
                return;
            }

            // Wireshark knows no bytes field of length 0; such a field is a line of text.
            if (count > 0 || type.Kind == WireKind.Text) values.Add((name, Show(type, payload.AsSpan(offset, count))));
            offset += count;
        }
    }

    private static string Show(WireType type, ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        for (int i = Math.Min(bytes.Length, 8) - 1; i >= 0; i--) number = (number << 8) | bytes[i];
        return type.Kind switch
        {
            WireKind.Unsigned => number.ToString(CultureInfo.InvariantCulture),
            WireKind.Bool => (number & 1) != 0 ? "true" : "false",
            WireKind.Text => Encoding.UTF8.GetString(bytes),
            _ => Convert.ToHexStringLower(bytes),
        };
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sdk.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests run outside the repository: no Sdk.sln in any folder above.");
    }
}
