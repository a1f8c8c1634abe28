using System.Text.Json;
using Sv2.Protocol.Common;
using Sv2.Protocol.Inspection;
using Sv2.Protocol.Mining;
using Sv2.TestKit;

namespace Sv2.Protocol.Tests.Inspection;

/// <summary>The JSON view: what it shows, and that encoding gives back the very bytes.</summary>
public class FrameJsonTests
{
    private static readonly FrameJson Json = FrameJson.Specification;

    public static TheoryData<string, string> AllMessages
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (MessageInfo message in MessageCatalog.Specification.Messages) data.Add(message.Protocol, message.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(AllMessages))]
    public void Every_message_goes_through_JSON_and_back_unchanged(string protocol, string name)
    {
        MessageInfo message = Assert.Single(MessageCatalog.Specification.Find(name, protocol));
        foreach (PayloadSize size in (PayloadSize[])[PayloadSize.Shortest, PayloadSize.Typical])
        {
            byte[] payload = PayloadBuilder.Build(message, size, seed: 7);
            byte[] frame = [.. HeaderOf(message.Header(payload.Length)), .. payload];
            string json = Json.Decode(frame);
            using JsonDocument document = JsonDocument.Parse(json);
            Assert.Equal(name, document.RootElement.GetProperty("message").GetString());
            Assert.Equal(message.Fields.Select(f => f.Name), document.RootElement.GetProperty("fields").EnumerateObject().Select(f => f.Name));
            Assert.True(Json.TryEncode(json, out byte[] again, out string? error), error);
            Assert.Equal(frame, again);
        }
    }

    [Fact]
    public void Object_has_the_members_and_spelling_of_the_specification()
    {
        byte[] frame = Frame.ToArray(new SubmitSharesError { ChannelId = 1, SequenceNumber = 2, ErrorCode = "stale-share" });
        Assert.Equal(
            """{"message":"SubmitShares.Error","protocol":"mining","extension_type":0,"msg_type":29,"channel_msg":true,"fields":{"channel_id":1,"sequence_number":2,"error_code":"stale-share"},"tlvs":[]}""",
            Json.Decode(frame));
    }

    [Fact]
    public void Options_sequences_hashes_and_booleans_have_their_JSON_forms()
    {
        byte[] frame = Frame.ToArray(new NewExtendedMiningJob
        {
            ChannelId = 1,
            JobId = 2,
            MinNTime = null,
            Version = 0x20000000,
            VersionRollingAllowed = true,
            MerklePath = [U256.FromLimbs(1)],
            CoinbaseTxPrefix = new byte[] { 0xAB },
            CoinbaseTxSuffix = ByteString.Empty,
        });
        using JsonDocument document = JsonDocument.Parse(Json.Decode(frame));
        JsonElement fields = document.RootElement.GetProperty("fields");
        Assert.Equal(JsonValueKind.Null, fields.GetProperty("min_ntime").ValueKind);
        Assert.True(fields.GetProperty("version_rolling_allowed").GetBoolean());
        Assert.Equal("01" + new string('0', 62), fields.GetProperty("merkle_path")[0].GetString());
        Assert.Equal("ab", fields.GetProperty("coinbase_tx_prefix").GetString());
        Assert.Equal("", fields.GetProperty("coinbase_tx_suffix").GetString());
    }

    [Theory]
    [InlineData("mining", 0x20)]
    [InlineData("template_distribution", 0x72)]
    public void Name_shared_by_two_protocols_is_told_apart_by_message_type(string protocol, int type)
    {
        byte[] payload = PayloadBuilder.Build(MessageCatalog.Specification.Find(0, (byte)type)!, PayloadSize.Typical, 1);
        byte[] frame = [.. HeaderOf(new FrameHeader(0, false, (byte)type, payload.Length)), .. payload];
        using JsonDocument document = JsonDocument.Parse(Json.Decode(frame));
        Assert.Equal("SetNewPrevHash", document.RootElement.GetProperty("message").GetString());
        Assert.Equal(protocol, document.RootElement.GetProperty("protocol").GetString());
    }

    [Fact]
    public void Encoding_a_shared_name_alone_asks_for_the_protocol()
    {
        Assert.False(Json.TryEncode("""{"message":"SetNewPrevHash","fields":{}}""", out _, out string? error));
        Assert.Equal("SetNewPrevHash is a message of mining and template_distribution; add protocol", error);
    }

    [Fact]
    public void Wrong_channel_bit_is_kept()
    {
        byte[] frame = [.. HeaderOf(new FrameHeader(0, false, 0x21, 36)), .. new byte[36]];
        string json = Json.Decode(frame);
        Assert.Contains("\"channel_msg\":false", json, StringComparison.Ordinal);
        Assert.True(Json.TryEncode(json, out byte[] again, out _));
        Assert.Equal(frame, again);
    }

    [Fact]
    public void Text_that_is_not_UTF8_is_shown_and_comes_back()
    {
        byte[] frame = Frame.ToArray(new CloseChannel { ChannelId = 1, ReasonCode = Text.CopyOf([0x61, 0xFF, 0x62]) });
        string json = Json.Decode(frame);
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal("a\uFFFDb", document.RootElement.GetProperty("fields").GetProperty("reason_code").GetString());
        Assert.Equal("61ff62", document.RootElement.GetProperty("text_bytes").GetProperty("reason_code").GetString());
        Assert.True(Json.TryEncode(json, out byte[] again, out _));
        Assert.Equal(frame, again);
    }

    [Fact]
    public void Control_characters_in_text_are_escaped()
    {
        string json = Json.Decode(Frame.ToArray(new CloseChannel { ChannelId = 1, ReasonCode = "a\n\u001b[31m\"" }));
        Assert.DoesNotContain('\n', json);
        Assert.DoesNotContain('\u001b', json);
    }

    [Fact]
    [Trait("spec", "41")]
    public void Unknown_extension_is_shown_raw()
    {
        byte[] frame = [.. HeaderOf(new FrameHeader(0x7ABC, true, 9, 5)), 1, 0, 0, 0, 0xFF];
        string json = Json.Decode(frame);
        Assert.Equal(
            """{"message":null,"protocol":null,"extension_type":31420,"msg_type":9,"channel_msg":true,"channel_id":1,"payload":"01000000ff"}""", json);
        Assert.True(Json.TryEncode(json, out byte[] again, out string? error), error);
        Assert.Equal(frame, again);
    }

    [Theory]
    [InlineData(TlvByteOrder.LittleEndian)]
    [InlineData(TlvByteOrder.BigEndian)]
    [Trait("spec", "47")]
    [Trait("spec", "48")]
    public void Tlvs_are_shown_by_name_in_both_byte_orders(TlvByteOrder order)
    {
        Span<byte> buffer = stackalloc byte[64];
        TlvWriter writer = new(buffer, order);
        writer.Write(2, 1, "Worker_001"u8);
        byte[] frame = Frame.ToArray(Share(), writer.Written);
        string json = Json.Decode(frame);
        Assert.Contains("""{"extension_type":2,"field_type":1,"name":"user_identity","value":"Worker_001"}""", json, StringComparison.Ordinal);
        Assert.True(Json.TryEncode(json, out byte[] again, out string? error), error);
        Assert.Equal(frame, again);
    }

    [Theory]
    [InlineData("010203")]
    [InlineData("ff7f01020061ab")]
    [InlineData("0200012100" + "414141414141414141414141414141414141414141414141414141414141414141")]
    [InlineData("0200010200ffff")]
    [InlineData("0200010100")]
    public void Any_TLV_area_comes_back(string tlvs)
    {
        byte[] frame = Frame.ToArray(Share(), Convert.FromHexString(tlvs));
        string json = Json.Decode(frame);
        Assert.True(Json.TryEncode(json, out byte[] again, out string? error), error);
        Assert.Equal(frame, again);
    }

    [Fact]
    [Trait("spec", "371")]
    public void Trailing_field_that_an_older_peer_left_out_is_shown_and_stays_out()
    {
        byte[] payload = PayloadBuilder.Build(OpenExtendedMiningChannelSuccess.Info, PayloadSize.Typical, 3)[..^4];
        byte[] frame = [.. HeaderOf(OpenExtendedMiningChannelSuccess.Info.Header(payload.Length)), .. payload];
        string json = Json.Decode(frame);
        Assert.Contains("\"group_channel_id\":0", json, StringComparison.Ordinal);
        Assert.True(Json.TryEncode(json, out byte[] again, out _));
        Assert.Equal(frame, again);
    }

    [Theory]
    [InlineData("", "a frame header takes 6 bytes, 0 are left")]
    [InlineData("0000", "a frame header takes 6 bytes, 2 are left")]
    [InlineData("00002104000001", "the header announces a payload of 4 bytes, 1 are left")]
    [InlineData("000001020000ffff", "SetupConnection.Success: field flags: needs 4 bytes at offset 2, 0 are left")]
    [InlineData("0000010600000200000000000000", "2 bytes follow the frame")]
    public void What_cannot_be_read_gives_an_error_object(string hex, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(Json.Decode(Convert.FromHexString(hex)));
        Assert.Equal(expected, document.RootElement.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("{", "not a JSON object")]
    [InlineData("[]", "a frame is a JSON object")]
    [InlineData("""{"message":"Nope"}""", "no message Nope")]
    [InlineData("""{"message":"SetTarget","fields":{"channel_id":1}}""", "field maximum_target is missing")]
    [InlineData("""{"message":"SetTarget","fields":{"channel_id":4294967296,"maximum_target":""}}""", "channel_id: 4294967296 exceeds 4294967295")]
    [InlineData("""{"message":"SetTarget","fields":{"channel_id":-1,"maximum_target":""}}""", "channel_id is not an unsigned integer")]
    [InlineData("""{"message":"SetTarget","fields":{"channel_id":1,"maximum_target":"00"}}""", "field maximum_target: 1 bytes, 32 are needed")]
    [InlineData("""{"message":"SetTarget","fields":{"channel_id":1,"maximum_target":"zz"}}""", "maximum_target is not an even number of hexadecimal digits")]
    [InlineData("""{"message":"SetTarget","fields":{"chanel_id":1}}""", "SetTarget has no field chanel_id")]
    [InlineData("""{"message":"SetTarget","felds":{}}""", "member felds is unknown")]
    [InlineData("""{"message":"CloseChannel","fields":{"channel_id":1,"reason_code":"\ud800"}}""", "not valid text")]
    public void What_cannot_be_encoded_gives_a_sentence(string json, string expected)
    {
        Assert.False(Json.TryEncode(json, out byte[] frame, out string? error));
        Assert.Empty(frame);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "12")]
    public void Hash_rates_beyond_JSON_numbers_are_spelled_out()
    {
        byte[] frame = Frame.ToArray(new UpdateChannel { ChannelId = 1, NominalHashRate = float.NaN, MaximumTarget = U256.Zero });
        string json = Json.Decode(frame);
        Assert.Contains("\"nominal_hash_rate\":\"NaN\"", json, StringComparison.Ordinal);
        Assert.True(Json.TryEncode(json, out byte[] again, out _));
        Assert.Equal(frame, again);
    }

    [Fact]
    public void Several_frames_are_taken_one_by_one()
    {
        byte[] one = Frame.ToArray(new SetupConnectionSuccess { UsedVersion = 2, Flags = 1 });
        byte[] two = [.. one, .. one];
        Json.DecodeFirst(two, out int consumed);
        Assert.Equal(one.Length, consumed);
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        Random random = new(5);
        byte[] bytes = new byte[64];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            bytes[0] = (byte)(random.Next(4) == 0 ? 1 : 0);
            bytes[1] &= 0x80;
            bytes[2] &= 0x7F;
            bytes[3] = (byte)random.Next(58);
            bytes[4] = bytes[5] = 0;
            string json = Json.DecodeFirst(bytes, out int consumed);
            Assert.InRange(consumed, FrameHeader.Size, bytes.Length);
            if (!json.StartsWith("{\"error\"", StringComparison.Ordinal)) Assert.True(Json.TryEncode(json, out _, out string? error), error);
        }
    }

    private static SubmitSharesExtended Share() =>
        new() { ChannelId = 1, SequenceNumber = 2, JobId = 3, Nonce = 4, NTime = 5, Version = 6, Extranonce = new byte[] { 1, 2 } };

    private static byte[] HeaderOf(FrameHeader header)
    {
        byte[] bytes = new byte[FrameHeader.Size];
        header.Write(bytes);
        return bytes;
    }
}
