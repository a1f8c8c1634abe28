using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;

namespace Sv2.Protocol.Tests;

/// <summary>Headers and whole frames against bytes written out by hand.</summary>
public class FrameTests
{
    [Fact]
    [Trait("spec", "13")]
    [Trait("spec", "14")]
    public void SetupConnectionSuccess_has_the_header_of_the_specification()
    {
        byte[] frame = Frame.ToArray(new SetupConnectionSuccess { UsedVersion = 2, Flags = 0 });
        Assert.Equal("000001060000020000000000", Convert.ToHexStringLower(frame));
    }

    [Fact]
    [Trait("spec", "16")]
    [Trait("spec", "17")]
    [Trait("spec", "367")]
    public void Channel_message_has_the_top_bit_of_the_first_U16_and_counts_its_channel_id()
    {
        SubmitSharesStandard share = new() { ChannelId = 1, SequenceNumber = 2, JobId = 3, Nonce = 4, NTime = 5, Version = 6 };
        byte[] frame = Frame.ToArray(share);
        Assert.Equal("00801a180000" + "01000000" + "02000000" + "03000000" + "04000000" + "05000000" + "06000000", Convert.ToHexStringLower(frame));
    }

    [Fact]
    public void Extended_share_is_read_back_as_it_was_written()
    {
        SubmitSharesExtended share = new()
        {
            ChannelId = 7,
            SequenceNumber = 8,
            JobId = 9,
            Nonce = 10,
            NTime = 11,
            Version = 12,
            Extranonce = new byte[] { 1, 2, 3 },
        };
        byte[] frame = Frame.ToArray(share);
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        Assert.Equal(frame.Length - FrameHeader.Size, header.PayloadLength);
        Assert.True(SubmitSharesExtended.TryRead(frame.AsSpan(FrameHeader.Size), out SubmitSharesExtended read, out _));
        Assert.Equal(share, read);
    }

    [Fact]
    [Trait("spec", "7")]
    public void Extranonce_prefix_of_33_bytes_is_refused_with_field_length_and_limit()
    {
        byte[] payload = new byte[4 + 1 + 33];
        payload[4] = 33;
        Assert.False(SetExtranoncePrefixView.TryRead(payload, out _, out DecodeError error));
        Assert.Equal("field extranonce_prefix: length 33 exceeds 32", error.ToString());
    }
}
