using Sv2.Protocol.Extensions.WorkerHashrateTracking;
using Sv2.Protocol.Mining;
using Sv2.TestKit;

namespace Sv2.Protocol.Tests;

/// <summary>TLVs: both byte orders, any order on receipt, ascending order when sent, bounds, and damaged tails.</summary>
public class TlvTests
{
    private static readonly byte[] Big = Convert.FromHexString("000201000a576f726b65725f303031");
    private static readonly byte[] Little = Convert.FromHexString("0200010a00576f726b65725f303031");
    private static readonly ushort[] Negotiated = [WorkerHashrateTrackingExtension.ExtensionType];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "47")]
    [Trait("spec", "48")]
    [Trait("spec", "369")]
    public void Example_of_the_specification_is_read_in_both_byte_orders(bool isBig)
    {
        TlvReader reader = TlvReader.Detect(isBig ? Big : Little, Negotiated);
        Assert.Equal(isBig ? TlvByteOrder.BigEndian : TlvByteOrder.LittleEndian, reader.ByteOrder);
        Assert.True(reader.IsWellFormed);
        Assert.Equal(TlvOutcome.Found, UserIdentityTlv.Find(reader, out UserIdentityTlv tlv, out _));
        Assert.Equal("Worker_001", tlv.Value.ToString());
    }

    [Theory]
    [InlineData(TlvByteOrder.LittleEndian)]
    [InlineData(TlvByteOrder.BigEndian)]
    [Trait("spec", "48")]
    [Trait("spec", "70")]
    public void Byte_order_of_sending_is_chosen(TlvByteOrder order)
    {
        byte[] buffer = new byte[32];
        TlvWriter writer = new(buffer, order);
        UserIdentityTlv tlv = new() { Value = "Worker_001" };
        tlv.Write(ref writer);
        Assert.Equal(order == TlvByteOrder.BigEndian ? Big : Little, writer.Written.ToArray());
        Assert.Equal(tlv.Length, writer.Length);
    }

    [Fact]
    [Trait("spec", "49")]
    public void Length_of_zero_has_no_value()
    {
        byte[] tlvs = [2, 0, 1, 0, 0, .. Little];
        int count = 0;
        foreach (Tlv tlv in new TlvReader(tlvs)) Assert.Equal(count++ == 0 ? 0 : 10, tlv.Value.Length);
        Assert.Equal(2, count);
    }

    [Fact]
    [Trait("spec", "48")]
    [Trait("spec", "49")]
    public void Empty_TLV_that_fits_both_orders_goes_by_what_was_negotiated()
    {
        Assert.Equal(TlvByteOrder.BigEndian, TlvReader.Detect([0, 2, 1, 0, 0], Negotiated).ByteOrder);
        Assert.Equal(TlvByteOrder.LittleEndian, TlvReader.Detect([2, 0, 1, 0, 0], Negotiated).ByteOrder);
        Assert.Equal(TlvByteOrder.LittleEndian, TlvReader.Detect([0, 2, 1, 0, 0], []).ByteOrder);
    }

    [Fact]
    [Trait("spec", "52")]
    [Trait("spec", "54")]
    public void Unknown_TLVs_before_and_after_are_passed_over()
    {
        byte[] tlvs = [0xFF, 0x7F, 1, 2, 0, 0xAA, 0xBB, .. Little, 1, 0, 1, 0, 0];
        Assert.Equal(TlvOutcome.Found, UserIdentityTlv.Find(TlvReader.Detect(tlvs, Negotiated), out UserIdentityTlv tlv, out _));
        Assert.Equal("Worker_001", tlv.Value.ToString());
    }

    [Fact]
    [Trait("spec", "51")]
    public void Sending_keeps_extensions_in_ascending_order()
    {
        byte[] buffer = new byte[64];
        TlvWriter writer = new(buffer);
        writer.Write(2, 1, [1]);
        writer.Write(2, 2, [1]);
        writer.Write(0x4001, 1, [1]);
        ArgumentException? refused = null;
        try
        {
            writer.Write(3, 1, [1]);
        }
        catch (ArgumentException exception)
        {
            refused = exception;
        }

        Assert.NotNull(refused);
        Assert.Equal(18, writer.Length);
    }

    [Theory]
    [InlineData(32, TlvOutcome.Found)]
    [InlineData(33, TlvOutcome.Malformed)]
    [Trait("spec", "53")]
    public void Value_longer_than_its_bound_makes_the_message_invalid(int length, TlvOutcome expected)
    {
        byte[] tlvs = [2, 0, 1, (byte)length, 0, .. new byte[length]];
        Assert.Equal(expected, UserIdentityTlv.Find(TlvReader.Detect(tlvs, Negotiated), out ReadOnlySpan<byte> _, out DecodeError error));
        Assert.Equal(expected == TlvOutcome.Found ? "no error" : "field user_identity: length 33 exceeds 32", error.ToString());
    }

    [Fact]
    [Trait("spec", "70")]
    public void Value_longer_than_its_bound_cannot_be_sent()
    {
        UserIdentityTlv tlv = new() { Value = new string('x', 33) };
        Assert.Throws<ArgumentException>(() =>
        {
            TlvWriter writer = new(new byte[64]);
            tlv.Write(ref writer);
        });
    }

    [Fact]
    [Trait("spec", "55")]
    public void Tail_cut_anywhere_is_seen_and_does_not_throw()
    {
        for (int length = 1; length < Little.Length; length++)
        {
            foreach (byte[] tlvs in (byte[][])[Little[..length], Big[..length]])
            {
                TlvReader reader = TlvReader.Detect(tlvs, Negotiated);
                Assert.False(reader.IsWellFormed);
                Assert.Equal(TlvOutcome.Absent, UserIdentityTlv.Find(reader, out ReadOnlySpan<byte> _, out _));
            }
        }
    }

    [Fact]
    [Trait("spec", "55")]
    public void Random_tails_never_throw()
    {
        Random random = new(3);
        byte[] bytes = new byte[24];
        for (int i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            TlvReader reader = TlvReader.Detect(bytes.AsSpan(0, random.Next(25)), Negotiated);
            foreach (Tlv tlv in reader) Assert.InRange(tlv.Value.Length, 0, 19);
        }
    }

    [Fact]
    [Trait("spec", "36")]
    [Trait("spec", "50")]
    public void Share_with_a_worker_keeps_its_header_and_counts_the_TLV()
    {
        SubmitSharesExtended share = new() { ChannelId = 1, SequenceNumber = 2, JobId = 3, Nonce = 4, NTime = 5, Version = 6, Extranonce = ByteString.Empty };
        byte[] frame = Frame.ToArray(share, Little);
        Assert.Equal("00801b", Convert.ToHexStringLower(frame.AsSpan(0, 3)));
        Assert.Equal(25 + 15, frame[3]);
        Assert.True(SubmitSharesExtendedView.TryRead(frame.AsSpan(6), out SubmitSharesExtendedView view, out _));
        Assert.True(view.Tlvs.SequenceEqual(Little));
    }

    [Fact]
    public void Finding_and_writing_allocate_nothing()
    {
        byte[] buffer = new byte[32];
        UserIdentityTlv tlv = new() { Value = "Worker_001" };
        Allocations.AssertNone(() => Exercise(buffer, tlv));
    }

    private static void Exercise(byte[] buffer, UserIdentityTlv tlv)
    {
        TlvWriter writer = new(buffer);
        tlv.Write(ref writer);
        UserIdentityTlv.Find(TlvReader.Detect(writer.Written, Negotiated), out ReadOnlySpan<byte> _, out _);
    }
}
