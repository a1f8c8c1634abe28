using Sv2.Protocol.Inspection;
using Sv2.Protocol.Tests.Contracts;
using Sv2.Protocol.Tests.Extensions.EveryType;

namespace Sv2.Protocol.Tests;

/// <summary>Extensions of a user's project: bytes, dispatch, TLVs, and their place in tools.</summary>
public class ExtensionTests
{
    private static readonly Marked Report = new()
    {
        ChannelId = 1,
        Mood = Mood.Bad,
        Temperature = 0x010203,
        Blob = new byte[] { 0xAB },
        Hash = null,
        Names = [new byte[] { 0x41 }],
    };

    [Fact]
    [Trait("spec", "35")]
    public void Marked_message_has_the_number_of_its_extension_and_its_fields_in_order()
    {
        Assert.Equal("02c007" + "110000" + "01000000" + "0100" + "030201" + "0100ab" + "00" + "0100" + "0141", Convert.ToHexStringLower(Frame.ToArray(Report)));
        Assert.Equal(["channel_id", "mood", "temperature", "blob", "hash", "name_list"], Marked.Info.Fields.Select(f => f.Name));
        Assert.Equal(("Marked.Report", "marked_types", (ushort)0x4002), (Marked.Info.Name, Marked.Info.Protocol, Marked.Info.ExtensionType));
    }

    [Fact]
    [Trait("spec", "42")]
    public void Marked_message_reaches_its_handler()
    {
        byte[] frame = Frame.ToArray(Report);
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        Handler handler = new();
        Assert.Equal(DispatchOutcome.Handled, MarkedTypesDispatcher.DispatchToServer(in header, frame.AsSpan(6), handler).Outcome);
        Assert.Equal(Report, handler.Last);
    }

    [Fact]
    public void Extension_lists_its_messages_and_TLVs()
    {
        Assert.Equal(0x4002, MarkedTypes.ExtensionType);
        Assert.Equal([Marked.Info], MarkedTypes.Info.Messages.ToArray());
        Assert.Equal([SerialTlv.Info, MoodTlv.Info], MarkedTypes.Info.Tlvs.ToArray());
        Assert.Equal(7, EveryTypeExtension.Info.Messages.Length);
        Assert.Equal(6, EveryTypeExtension.Info.Tlvs.Length);
        Assert.Equal(SpecMessages.All.ToArray(), EveryTypeExtension.Info.Messages.ToArray());
    }

    [Fact]
    public void Tools_show_an_extension_they_are_given()
    {
        FrameJson json = new(MessageCatalog.Specification.With(MarkedTypes.Info));
        byte[] frame = Frame.ToArray(Report, [2, 0x40, 2, 2, 0, 1, 0]);
        string text = json.Decode(frame);
        Assert.Contains("\"message\":\"Marked.Report\"", text, StringComparison.Ordinal);
        Assert.Contains("""{"extension_type":16386,"field_type":2,"name":"mood_tlv","value":1}""", text, StringComparison.Ordinal);
        Assert.True(json.TryEncode(text, out byte[] again, out string? error), error);
        Assert.Equal(frame, again);
        Assert.Contains("Marked.Report", SpecText.Layout(Marked.Info), StringComparison.Ordinal);
    }

    [Fact]
    public void TLVs_of_every_type_go_there_and_back()
    {
        byte[] buffer = new byte[512];
        TlvWriter writer = new(buffer);
        new TextTlv { Value = "abc" }.Write(ref writer);
        new BytesTlv { Value = new byte[] { 1, 2 } }.Write(ref writer);
        new NumberTlv { Value = 0x0102030405060708 }.Write(ref writer);
        new FlagTlv { Value = true }.Write(ref writer);
        new KeyTlv { Value = new byte[32] }.Write(ref writer);
        new HashTlv { Value = U256.FromLimbs(5) }.Write(ref writer);
        new MoodTlv { Value = Mood.Bad }.Write(ref writer);
        TlvReader reader = new(writer.Written);
        Assert.Equal(TlvOutcome.Found, TextTlv.Find(reader, out TextTlv text, out _));
        Assert.Equal("abc", text.Value.ToString());
        Assert.Equal(TlvOutcome.Found, BytesTlv.Find(reader, out BytesTlv bytes, out _));
        Assert.Equal("0102", bytes.Value.ToString());
        Assert.Equal(TlvOutcome.Found, NumberTlv.Find(reader, out NumberTlv number, out _));
        Assert.Equal(0x0102030405060708UL, number.Value);
        Assert.Equal(TlvOutcome.Found, FlagTlv.Find(reader, out FlagTlv flag, out _));
        Assert.True(flag.Value);
        Assert.Equal(TlvOutcome.Found, KeyTlv.Find(reader, out KeyTlv key, out _));
        Assert.Equal(32, key.Value.Length);
        Assert.Equal(TlvOutcome.Found, HashTlv.Find(reader, out HashTlv hash, out _));
        Assert.Equal(U256.FromLimbs(5), hash.Value);
        Assert.Equal(TlvOutcome.Found, MoodTlv.Find(reader, out MoodTlv mood, out _));
        Assert.Equal(Mood.Bad, mood.Value);
    }

    [Theory]
    [InlineData("014001000000", TlvOutcome.Malformed, "field text: length 0 is below 1")]
    [InlineData("01400301000000", TlvOutcome.Absent, "no error")]
    public void TLV_outside_its_bounds_is_malformed(string hex, TlvOutcome expected, string error)
    {
        TlvReader reader = new(Convert.FromHexString(hex).AsSpan()[..^1]);
        Assert.Equal(expected, TextTlv.Find(reader, out ReadOnlySpan<byte> _, out DecodeError found));
        Assert.Equal(error, found.ToString());
    }

    [Fact]
    public void TLV_of_a_number_with_another_length_is_malformed()
    {
        Assert.Equal(TlvOutcome.Malformed, NumberTlv.Find(new TlvReader([1, 0x40, 3, 1, 0, 9]), out NumberTlv _, out DecodeError error));
        Assert.Equal("field number: length 1 is not 8", error.ToString());
    }

    [Fact]
    public void Value_that_no_name_has_stays_readable()
    {
        Defaults message = new() { A = ByteString.Empty, B = (E8)200, C = 1 };
        byte[] payload = new byte[message.PayloadLength];
        message.Write(payload);
        Assert.True(Defaults.TryRead(payload, out Defaults read, out _));
        Assert.Equal(200, (int)read.B);
        Assert.True(Defaults.TryRead([0], out Defaults old, out _));
        Assert.Equal((E8.A, ulong.MaxValue), (old.B, old.C));
    }

    private sealed class Handler : IMarkedTypesServerHandler
    {
        public Marked Last { get; private set; }

        public void OnMarked(in MarkedView message) => Last = message.ToOwned();
    }
}
