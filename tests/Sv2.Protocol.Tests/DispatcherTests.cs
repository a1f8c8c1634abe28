using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Protocol.Mining;
using Sv2.TestKit;

namespace Sv2.Protocol.Tests;

/// <summary>Which frames reach a handler, and what happens to the others.</summary>
public class DispatcherTests
{
    [Fact]
    [Trait("spec", "18")]
    [Trait("spec", "21")]
    public void Wrong_channel_bit_of_a_known_message_is_ignored()
    {
        byte[] frame = Frame.ToArray(new SetTarget { ChannelId = 1, MaximumTarget = U256.MaxValue });
        frame[1] = 0;
        Assert.Equal(DispatchOutcome.Handled, ToMiningClient(frame).Outcome);
        byte[] request = Frame.ToArray(new RequestExtensions { RequestId = 1, RequestedExtensions = [] });
        request[1] |= 0x80;
        Assert.True(FrameHeader.TryRead(request, out FrameHeader header));
        AnyHandler handler = default;
        Assert.Equal(DispatchOutcome.Handled, ExtensionsNegotiationDispatcher.DispatchToServer(in header, request.AsSpan(6), ref handler).Outcome);
    }

    [Fact]
    [Trait("spec", "368")]
    public void Channel_bit_does_not_make_a_core_message_one_of_an_extension()
    {
        byte[] frame = Frame.ToArray(new SetTarget { ChannelId = 1, MaximumTarget = U256.MaxValue });
        Assert.Equal(0x80, frame[1]);
        Assert.Equal(DispatchOutcome.Handled, ToMiningClient(frame).Outcome);
    }

    [Fact]
    [Trait("spec", "22")]
    public void Extension_message_with_the_number_of_a_core_message_is_not_that_message()
    {
        byte[] request = Frame.ToArray(new RequestExtensions { RequestId = 1, RequestedExtensions = [] });
        Assert.True(FrameHeader.TryRead(request, out FrameHeader header));
        AnyHandler handler = default;
        Assert.Equal(DispatchOutcome.Unknown, CommonDispatcher.DispatchToServer(in header, request.AsSpan(6), ref handler).Outcome);
    }

    [Theory]
    [InlineData("00801e0000")]
    [InlineData("bcfa010000")]
    [InlineData("bc7a010000")]
    [Trait("spec", "26")]
    [Trait("spec", "41")]
    public void Unknown_messages_are_left_to_the_caller(string start)
    {
        byte[] frame = [.. Convert.FromHexString(start), 0];
        Assert.Equal(DispatchResult.Unknown, ToMiningClient(frame));
    }

    [Fact]
    public void Message_of_the_other_direction_is_unknown() =>
        Assert.Equal(DispatchOutcome.Unknown, ToMiningClient(Frame.ToArray(Share())).Outcome);

    [Fact]
    public void Malformed_payload_names_message_and_field()
    {
        DispatchResult result = ToMiningClient([0, 0x80, 0x21, 4, 0, 0, 1, 0, 0, 0]);
        Assert.Equal("SetTarget: field maximum_target: needs 32 bytes at offset 4, 0 are left", result.ToString());
    }

    [Fact]
    public void CloseChannel_reaches_both_sides()
    {
        byte[] frame = Frame.ToArray(new CloseChannel { ChannelId = 1, ReasonCode = "" });
        Assert.Equal(DispatchOutcome.Handled, ToMiningClient(frame).Outcome);
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        AnyHandler handler = default;
        Assert.Equal(DispatchOutcome.Handled, MiningDispatcher.DispatchToServer(in header, frame.AsSpan(6), ref handler).Outcome);
    }

    [Fact]
    public void Dispatching_does_not_allocate()
    {
        byte[] frame = Frame.ToArray(Share());
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        AnyHandler handler = default;
        Allocations.AssertNone(() => MiningDispatcher.DispatchToServer(in header, frame.AsSpan(6), ref handler));
    }

    private static SubmitSharesExtended Share() =>
        new() { ChannelId = 1, SequenceNumber = 2, JobId = 3, Nonce = 4, NTime = 5, Version = 6, Extranonce = new byte[] { 1, 2 } };

    private static DispatchResult ToMiningClient(byte[] frame)
    {
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        AnyHandler handler = default;
        return MiningDispatcher.DispatchToClient(in header, frame.AsSpan(FrameHeader.Size), ref handler);
    }
}
