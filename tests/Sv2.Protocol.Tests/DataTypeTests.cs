using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Protocol.Inspection;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.TestKit;

namespace Sv2.Protocol.Tests;

/// <summary>The types of the wire (specification section 3.1) against bytes written out by hand.</summary>
public class DataTypeTests
{
    [Fact]
    [Trait("spec", "1")]
    [Trait("spec", "4")]
    public void U24_is_three_bytes_little_endian_and_refuses_25_bits()
    {
        byte[] bytes = new byte[3];
        WireWriter.U24(bytes, 0, 0x010203, "length");
        Assert.Equal([3, 2, 1], bytes);
        Assert.Equal(0xFFFFFF, WireReader.ReadU24([0xFF, 0xFF, 0xFF]));
        Assert.Throws<ArgumentException>(() => WireWriter.U24(bytes, 0, 1 << 24, "length"));
    }

    [Theory]
    [InlineData(0x00, false)]
    [InlineData(0x01, true)]
    [InlineData(0xFE, false)]
    [InlineData(0xFF, true)]
    [InlineData(0x81, true)]
    [Trait("spec", "2")]
    [Trait("spec", "3")]
    [Trait("spec", "402")]
    public void Only_the_lowest_bit_of_a_boolean_counts(byte wire, bool expected)
    {
        byte[] payload = new byte[41];
        payload[8] = wire;
        Assert.True(NewTemplateView.TryRead(payload, out NewTemplateView view, out _));
        Assert.Equal(expected, view.FutureTemplate);
        Assert.Equal(expected, view.ToOwned().FutureTemplate);
    }

    [Fact]
    [Trait("spec", "5")]
    public void Hash_fields_keep_the_bytes_of_the_wire()
    {
        byte[] hash = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        byte[] payload = Payload(new Mining.SetNewPrevHash { ChannelId = 0, JobId = 0, PrevHash = U256.FromWire(hash), MinNTime = 0, NBits = 0 });
        Assert.Equal(hash, payload[8..40]);
    }

    [Fact]
    [Trait("spec", "6")]
    public void Text_has_a_length_byte_and_no_terminator()
    {
        Assert.Equal([1, 0, 0, 0, 0], Payload(new CloseChannel { ChannelId = 1, ReasonCode = "" }));
        Assert.Equal([1, 0, 0, 0, 2, (byte)'a', (byte)'b'], Payload(new CloseChannel { ChannelId = 1, ReasonCode = "ab" }));
        Text longest = new string('x', 255);
        Assert.True(CloseChannel.TryRead(Payload(new CloseChannel { ChannelId = 1, ReasonCode = longest }), out CloseChannel read, out _));
        Assert.Equal(longest, read.ReasonCode);
        CloseChannel tooLong = new() { ChannelId = 1, ReasonCode = new string('x', 256) };
        ArgumentException exception = Assert.Throws<ArgumentException>(() => Payload(tooLong));
        Assert.Contains("CloseChannel.reason_code: 256 exceeds 255", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("c328")]
    [InlineData("ff")]
    [InlineData("eda080")]
    [InlineData("f09f98")]
    [InlineData("00")]
    public void Text_that_is_not_UTF8_is_read_and_shown_without_throwing(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        byte[] payload = [1, 0, 0, 0, (byte)bytes.Length, .. bytes];
        Assert.True(CloseChannelView.TryRead(payload, out CloseChannelView view, out _));
        Assert.True(bytes.AsSpan().SequenceEqual(view.ReasonCode));
        CloseChannel owned = view.ToOwned();
        Assert.NotNull(owned.ReasonCode.ToString());
        Assert.NotNull(owned.ToString());
        Assert.Equal(payload, Payload(owned));
    }

    [Fact]
    [Trait("spec", "33")]
    public void Control_characters_from_a_peer_do_not_reach_the_log()
    {
        CloseChannel message = new() { ChannelId = 1, ReasonCode = "a\u001b[31m\nb\u0085" };
        Assert.Equal("CloseChannel { channel_id = 1, reason_code = \"a [31m b \" }", message.ToString());
        Assert.Equal("a\u001b[31m\nb\u0085", message.ReasonCode.ToString());
    }

    [Theory]
    [InlineData(0, "0000")]
    [InlineData(1, "0100")]
    [InlineData(255, "ff00")]
    [InlineData(256, "0001")]
    [InlineData(65535, "ffff")]
    [Trait("spec", "8")]
    public void B0_64K_has_a_two_byte_prefix(int length, string prefix)
    {
        SubmitSolution solution = new() { TemplateId = 1, Version = 2, HeaderTimestamp = 3, HeaderNonce = 4, CoinbaseTx = new byte[length] };
        byte[] payload = Payload(solution);
        Assert.Equal(prefix, Convert.ToHexStringLower(payload.AsSpan(20, 2)));
        Assert.True(SubmitSolution.TryRead(payload, out SubmitSolution read, out _));
        Assert.Equal(solution, read);
    }

    [Theory]
    [InlineData(0, "000000")]
    [InlineData(65536, "000001")]
    [InlineData(0xFFFFFF - 20, "ebffff")]
    [Trait("spec", "8")]
    public void B0_16M_has_a_three_byte_prefix(int length, string prefix)
    {
        ProvideMissingTransactionsSuccess message = new() { RequestId = 1, TransactionList = [ByteString.Wrap(new byte[length])] };
        byte[] payload = Payload(message);
        Assert.Equal("0100" + prefix, Convert.ToHexStringLower(payload.AsSpan(4, 5)));
        Assert.True(ProvideMissingTransactionsSuccess.TryRead(payload, out ProvideMissingTransactionsSuccess read, out _));
        Assert.Equal(length, read.TransactionList[0].Length);
    }

    [Theory]
    [InlineData("00", null)]
    [InlineData("0178563412", 0x12345678u)]
    [Trait("spec", "9")]
    public void Option_is_a_count_of_0_or_1(string option, uint? expected)
    {
        byte[] payload = [.. new byte[8], .. Convert.FromHexString(option), .. new byte[36]];
        Assert.True(NewMiningJobView.TryRead(payload, out NewMiningJobView view, out _));
        Assert.Equal(expected, view.MinNTime);
        Assert.Equal(payload, Payload(view.ToOwned()));
    }

    [Fact]
    [Trait("spec", "9")]
    public void Option_with_a_count_of_2_is_malformed()
    {
        byte[] payload = [.. new byte[8], 2, .. new byte[64]];
        Assert.False(NewMiningJobView.TryRead(payload, out _, out DecodeError error));
        Assert.Equal("field min_ntime: count 2 of an option exceeds 1", error.ToString());
    }

    [Fact]
    [Trait("spec", "10")]
    public void Sequence_prefix_counts_elements_which_keep_their_own_prefixes()
    {
        byte[] payload = Payload(new ProvideMissingTransactionsSuccess { RequestId = 1, TransactionList = [new byte[] { 1 }, new byte[] { 2, 3 }, ByteString.Empty] });
        Assert.Equal("01000000" + "0300" + "01000001" + "0200000203" + "000000", Convert.ToHexStringLower(payload));
    }

    [Fact]
    [Trait("spec", "11")]
    public void Fixed_byte_types_have_the_sizes_of_the_specification()
    {
        Assert.Equal(
            [("BYTES[5]", 5), ("PUBKEY", 32), ("SIGNATURE", 64), ("MAC", 16)],
            Extensions.EveryType.Fixed.Info.Fields.Where(f => f.Type.Kind == WireKind.FixedBytes).Select(f => (f.Type.Name, f.Type.Size)));
    }

    [Theory]
    [InlineData(0f, "00000000")]
    [InlineData(12.5e12f, "21e63555")]
    [InlineData(1f, "0000803f")]
    [Trait("spec", "12")]
    [Trait("spec", "390")]
    public void F32_is_IEEE_754_little_endian(float rate, string wire)
    {
        byte[] payload = Payload(new UpdateChannel { ChannelId = 0, NominalHashRate = rate, MaximumTarget = U256.Zero });
        Assert.Equal(Convert.ToHexStringLower(BitConverter.GetBytes(rate)), Convert.ToHexStringLower(payload.AsSpan(4, 4)));
        Assert.Equal(wire, Convert.ToHexStringLower(payload.AsSpan(4, 4)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1f)]
    [Trait("spec", "12")]
    public void Hash_rates_that_make_no_sense_are_still_read(float rate)
    {
        byte[] payload = Payload(new UpdateChannel { ChannelId = 0, NominalHashRate = rate, MaximumTarget = U256.Zero });
        Assert.True(UpdateChannel.TryRead(payload, out UpdateChannel read, out _));
        Assert.Equal(rate, read.NominalHashRate);
    }

    [Fact]
    [Trait("spec", "27")]
    public void Four_megabytes_of_transactions_pass()
    {
        byte[] transaction = new byte[390_000];
        RequestTransactionDataSuccess message = new()
        {
            TemplateId = 1,
            ExcessData = ByteString.Empty,
            TransactionList = [.. Enumerable.Repeat<ByteString>(transaction, 10)],
        };
        byte[] frame = Frame.ToArray(message);
        Assert.True(RequestTransactionDataSuccessView.TryRead(frame.AsSpan(FrameHeader.Size), out RequestTransactionDataSuccessView view, out _));
        Assert.Equal(10, view.TransactionList.Count);
    }

    [Fact]
    public void Claimed_lengths_do_not_allocate()
    {
        byte[] payload = [1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0];
        bool isRead = false;
        Allocations.AssertNone(() => isRead |= ProvideMissingTransactionsSuccess.TryRead(payload, out _, out _));
        Assert.False(isRead);
    }

    [Fact]
    [Trait("spec", "371")]
    public void OpenExtendedMiningChannelSuccess_is_read_with_and_without_its_group()
    {
        OpenExtendedMiningChannelSuccess message = new()
        {
            RequestId = 1,
            ChannelId = 2,
            Target = U256.MaxValue,
            ExtranonceSize = 8,
            ExtranoncePrefix = new byte[] { 9, 9 },
            GroupChannelId = 7,
        };
        byte[] payload = Payload(message);
        Assert.Equal("0800" + "020909" + "07000000", Convert.ToHexStringLower(payload.AsSpan(40)));
        Assert.True(OpenExtendedMiningChannelSuccess.TryRead(payload, out OpenExtendedMiningChannelSuccess whole, out _));
        Assert.Equal(message, whole);
        Assert.True(OpenExtendedMiningChannelSuccess.TryRead(payload.AsSpan(0, payload.Length - 4), out OpenExtendedMiningChannelSuccess old, out _));
        Assert.Equal(message with { GroupChannelId = 0 }, old);
        Assert.False(OpenExtendedMiningChannelSuccess.TryRead(payload.AsSpan(0, payload.Length - 2), out _, out _));
    }

    [Fact]
    public void CoinbaseOutputConstraints_is_read_without_sigops()
    {
        Assert.True(CoinbaseOutputConstraints.TryRead([1, 2, 0, 0], out CoinbaseOutputConstraints read, out _));
        Assert.Equal(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = 0x201, CoinbaseOutputMaxAdditionalSigops = 0 }, read);
    }

    [Fact]
    [Trait("spec", "60")]
    public void RequestExtensions_has_known_bytes()
    {
        byte[] frame = Frame.ToArray(new RequestExtensions { RequestId = 0xBEEF, RequestedExtensions = [2, 3] });
        Assert.Equal("010000080000" + "efbe" + "0200" + "02000300", Convert.ToHexStringLower(frame));
    }

    [Fact]
    public void Setup_flags_of_mining_are_the_bits_of_the_specification()
    {
        Assert.Equal(1u, (uint)MiningSetupFlags.RequiresStandardJobs);
        Assert.Equal(2u, (uint)MiningSetupFlags.RequiresWorkSelection);
        Assert.Equal(4u, (uint)MiningSetupFlags.RequiresVersionRolling);
        Assert.Equal(1u, (uint)MiningSetupSuccessFlags.RequiresFixedVersion);
        Assert.Equal(2u, (uint)MiningSetupSuccessFlags.RequiresExtendedChannels);
        Assert.Equal(1u, (uint)JobDeclarationSetupFlags.DeclareTxData);
    }

    [Fact]
    [Trait("spec", "113")]
    public void Subprotocol_of_no_name_is_read_as_its_number()
    {
        SetupConnection message = new()
        {
            Protocol = (Subprotocol)3,
            MinVersion = 2,
            MaxVersion = 2,
            Flags = 0,
            EndpointHost = "h",
            EndpointPort = 1,
            Vendor = "v",
            HardwareVersion = "",
            Firmware = "",
            DeviceId = "",
        };
        Assert.True(SetupConnection.TryRead(Payload(message), out SetupConnection read, out _));
        Assert.Equal(3, (int)read.Protocol);
    }

    [Fact]
    [Trait("spec", "32")]
    [Trait("spec", "33")]
    public void Error_codes_are_printable_ASCII()
    {
        IEnumerable<ValueName> codes = MessageCatalog.Specification.Messages.SelectMany(m => m.Fields)
            .Where(f => f.Type.Kind == WireKind.Text && !f.ValueNames.IsDefault).SelectMany(f => f.ValueNames);
        Assert.All(codes, c => Assert.Matches("^[\\x20-\\x7e]+$", c.Name));
    }

    [Theory]
    [Trait("spec", "33")]
    [InlineData("plain text ~", "plain text ~")]
    [InlineData("a\u001b[31mb\nc\u007fd\u0085e", "a [31mb c d e")]
    [InlineData("safe\u202egnp.exe\u2066x\u2069\u200f\u061c", "safe gnp.exe x   ")]
    [InlineData("one\u2028two\u2029three", "one two three")]
    [InlineData("zero\u200bwidth\ufeff", "zero width ")]
    [InlineData("grüße \U0001f600 \U000e0041", "grüße \U0001f600  ")]
    public void Text_of_a_peer_cannot_disturb_a_log_or_a_terminal(string text, string safe) => Assert.Equal(safe, LogText.Sanitise((Text)text));

    private static byte[] Payload<T>(in T message) where T : IMessage<T>
    {
        byte[] payload = new byte[message.PayloadLength];
        message.Write(payload);
        return payload;
    }
}
