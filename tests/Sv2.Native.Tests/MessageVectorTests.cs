using Sv2.Protocol;
using Sv2.Protocol.Inspection;
using Sv2.TestKit;

namespace Sv2.Native.Tests;

/// <summary>Every message through the ABI, with the payloads that the SDK's own contract tests use.</summary>
public sealed class MessageVectorTests
{
    private static readonly PayloadSize[] Sizes = [PayloadSize.Shortest, PayloadSize.Typical];

    [NativeFact]
    public async Task Every_message_is_decoded_and_encoded_to_the_same_bytes()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        foreach (MessageInfo message in MessageCatalog.Specification.Messages)
        {
            foreach (PayloadSize size in Sizes)
            {
                for (int seed = 0; seed < 8; seed++)
                    await RoundTripAsync(shell, message, PayloadBuilder.Build(message, size, seed), []);
            }
            await RoundTripAsync(shell, message, PayloadBuilder.Build(message, PayloadSize.Longest, 1), []);
            await RoundTripAsync(shell, message, PayloadBuilder.Build(message, PayloadSize.Typical, 1), Convert.FromHexString("0200010a00576f726b65725f303031"));
        }
    }

    [NativeFact]
    public async Task Cut_payloads_are_refused_in_the_words_of_the_sdk()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        foreach (MessageInfo message in MessageCatalog.Specification.Messages)
        {
            byte[] payload = PayloadBuilder.Build(message, PayloadSize.Typical, 5);
            for (int length = 0; length < payload.Length; length++)
            {
                byte[] cut = payload[..length];
                DecodeError error = message.Check(cut, out _);
                string answer = await shell.AskAsync($"frame {Hex(FrameOf(message, cut))}");
                if (error.Code == DecodeErrorCode.None)
                    Assert.StartsWith("ok", answer, StringComparison.Ordinal);
                else
                    Assert.Equal($"error -6 {message.Name}: {error}", answer);
            }
        }
    }

    [NativeFact]
    public async Task Fields_that_older_peers_leave_out_have_their_defaults()
    {
        using AbiShell shell = await AbiShell.StartAsync();

        // CoinbaseOutputConstraints without its second field comes back with it.
        Assert.Equal("000070 000070060000640000000000", await shell.OkAsync("frame 00007004000064000000"));
    }

    [NativeFact]
    public async Task Lists_of_the_callers_own_are_written_like_decoded_ones()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        MessageInfo message = MessageCatalog.Specification.Find(0, 0x74)!;
        for (int seed = 0; seed < 8; seed++)
        {
            string frame = Hex(FrameOf(message, PayloadBuilder.Build(message, PayloadSize.Typical, seed)));
            Assert.Equal(frame, await shell.OkAsync($"items {frame}"));
        }
    }

    [NativeFact]
    public async Task Frames_are_shown_as_the_sdk_shows_them()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        foreach (MessageInfo message in MessageCatalog.Specification.Messages)
        {
            byte[] frame = FrameOf(message, PayloadBuilder.Build(message, PayloadSize.Typical, 3));
            string json = FrameJson.Specification.Decode(frame);
            Assert.Equal(json, await shell.OkAsync($"json {Hex(frame)}"));
            Assert.Equal(Hex(frame), await shell.OkAsync($"from-json {json}"));
        }
        Assert.Equal(FrameJson.Specification.Decode([1, 2, 3]), await shell.OkAsync("json 010203"));
    }

    [NativeFact]
    public async Task Messages_are_those_of_the_catalog()
    {
        using AbiShell shell = await AbiShell.StartAsync();
        IEnumerable<string> expected = MessageCatalog.Specification.Messages.Select(message =>
            $"{(message.ExtensionType << 8) | message.MessageType:x6}:{message.Protocol}:{message.Name}:{message.Fields.Length}:{(message.IsChannelMessage ? 1 : 0)}:{(int)message.Direction}");

        Assert.Equal(expected, (await shell.OkAsync("messages")).Split(' '));
    }

    [NativeTheory]
    [InlineData("0200010a00576f726b65725f303031", "0002:01:576f726b65725f303031")]
    [InlineData("02000100000140020100ff", "0002:01: 4001:02:ff")]
    [InlineData("020001", " malformed")]
    public async Task Tlvs_are_read_and_written(string tlvs, string expected)
    {
        using AbiShell shell = await AbiShell.StartAsync();

        Assert.Equal(expected.Trim(), (await shell.OkAsync($"tlvs {tlvs}")).Trim());
    }

    private static async Task RoundTripAsync(AbiShell shell, MessageInfo message, byte[] payload, byte[] tlvs)
    {
        // The channel bit is the message's own: the library sets it whatever the frame had.
        string frame = Hex(FrameOf(message, [.. payload, .. tlvs]));
        Assert.Equal($"{(message.ExtensionType << 8) | message.MessageType:x6} {frame}", await shell.OkAsync($"frame {frame}"));
    }

    internal static byte[] FrameOf(MessageInfo message, byte[] payload)
    {
        byte[] frame = new byte[FrameHeader.Size + payload.Length];
        message.Header(payload.Length).Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        return frame;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
