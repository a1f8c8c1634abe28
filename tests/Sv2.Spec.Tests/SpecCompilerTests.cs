using FsCheck;
using FsCheck.Fluent;
using Sv2.Spec.Model;

namespace Sv2.Spec.Tests;

/// <summary>What the compiler makes of sound files.</summary>
public class SpecCompilerTests
{
    private const string Telemetry = """
        /// How the device is doing.
        extension 0x4001 vendor_telemetry

        // A comment that nobody sees.
        enum Mood : U8 section "x.1" {
          GOOD = 0   /// All is well.
          BAD  = 255
        }

        /// A report,
        /// once a minute.
        message Telemetry.Report = 0x10 channel client -> server section "x.2" {
          channel_id   U32               /// Channel.
          /// Celsius.
          temperature  U16
          mood         U8 as Mood
          ids          SEQ0_64K[B0_16M] max 3
          since        U32 default 7
        }

        tlv serial = 0x02 on mining.SubmitSharesExtended BYTES min 1 max 8  /// Serial number.
        """;

    [Fact]
    public void Whole_file_becomes_its_model()
    {
        SpecResult result = SpecCompiler.Compile([new("t.sv2", Telemetry)], "Vendor");
        Assert.Empty(result.Diagnostics);
        ProtocolModel protocol = Assert.Single(result.Model.Protocols);
        Assert.Equal(("vendor_telemetry", "VendorTelemetry", "Vendor.Extensions.VendorTelemetry", 0x4001, "How the device is doing."),
            (protocol.Name, protocol.TypeName, protocol.Namespace, protocol.ExtensionType, protocol.Summary));

        MessageModel message = Assert.Single(protocol.Messages);
        Assert.Equal(("Telemetry.Report", "TelemetryReport", 0x10, true, Direction.ClientToServer, "x.2", "A report, once a minute."),
            (message.Name, message.TypeName, message.Number, message.IsChannel, message.Direction, message.Section, message.Summary));
        Assert.Equal(["channel_id U32 'Channel.'", "temperature U16 'Celsius.'", "mood U8 ''", "ids SEQ0_64K[B0_16M] ''", "since U32 ''"],
            message.Fields.Select(f => $"{f.Name} {f.Type.Name} '{f.Summary}'"));
        Assert.Equal("Vendor.Extensions.VendorTelemetry.Mood", message.Fields[2].EnumType);
        Assert.Equal(3, message.Fields[3].Type.Limit);
        Assert.Equal(7UL, message.Fields[4].Default);
        Assert.Equal(4 + 2 + 1 + 2, message.MinLength);

        TlvModel tlv = Assert.Single(protocol.Tlvs);
        Assert.Equal(("SerialTlv", 2, 1, 8, "Serial number."), (tlv.TypeName, tlv.Number, tlv.MinLength, tlv.MaxLength, tlv.Summary));
    }

    [Fact]
    public void Order_of_files_does_not_matter()
    {
        SpecSource[] files = [.. RealSpec.Sources];
        SpecResult forward = SpecCompiler.Compile(files, "Sv2.Protocol");
        SpecResult backward = SpecCompiler.Compile(files.Reverse(), "Sv2.Protocol");
        Assert.Equal(forward, backward);
        Assert.Equal(forward.GetHashCode(), backward.GetHashCode());
    }

    [Fact]
    public void Real_specification_is_sound()
    {
        SpecResult result = SpecCompiler.Compile(RealSpec.Sources, "Sv2.Protocol");
        Assert.Empty(result.Diagnostics);
        Assert.Equal(44, result.Model.Protocols.Sum(p => p.Messages.Count));
    }

    [Fact]
    public void Every_declaration_of_the_real_specification_is_documented()
    {
        foreach (ProtocolModel protocol in SpecCompiler.Compile(RealSpec.Sources, "Sv2.Protocol").Model.Protocols)
        {
            Assert.NotEqual("", protocol.Summary);
            Assert.All(protocol.Messages, m => Assert.False(m.Summary.Length == 0 || m.Section.Length == 0, m.Name));
            Assert.All(protocol.Messages.SelectMany(m => m.Fields), f => Assert.NotEqual("", f.Summary));
            Assert.All(protocol.Values.SelectMany(v => v.Members), m => Assert.NotEqual("", m.Summary));
            Assert.All(protocol.Tlvs, t => Assert.NotEqual("", t.Summary));
        }
    }

    [Fact]
    public void Moving_lines_changes_no_model()
    {
        SpecResult before = SpecCompiler.Compile([new("t.sv2", Telemetry)], "Vendor");
        SpecResult after = SpecCompiler.Compile([new("t.sv2", "\n// moved\n\n" + Telemetry)], "Vendor");
        Assert.Equal(before.Model, after.Model);
    }

    [Fact]
    public void Windows_line_ends_and_a_byte_order_mark_change_nothing()
    {
        SpecResult before = SpecCompiler.Compile([new("t.sv2", Telemetry)], "Vendor");
        SpecResult after = SpecCompiler.Compile([new("t.sv2", "\uFEFF" + Telemetry.ReplaceLineEndings("\r\n"))], "Vendor");
        Assert.Equal(before, after);
    }

    [Fact]
    public void Any_text_is_compiled_without_throwing()
    {
        string[] pieces = ["protocol a\n", "extension 0x4001 b\n", "message ", "A", ".B", " = ", "0x01", "1", " channel", " client", " server", " -> ", " <-> ",
            "{", "}", "[", "]", "\n", "  a ", "U8 ", "SEQ0_255", "OPTION", "B0_32", "max ", "as ", "default ", "enum E : ", "flags F : U8", "codes C ", "bit ",
            "tlv t = 1 on X ", "TEXT ", "BYTES", "///", "//", "\"", "-", "*", "€", "section "];
        Prop.ForAll<int[]>(choice =>
        {
            string text = string.Concat(choice.Select(c => pieces[(uint)c % pieces.Length]));
            return SpecCompiler.Compile([new("a.sv2", text), new("b.sv2", "protocol a\n" + text)], "R").Diagnostics.All(d => d.Message.Length > 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(60));
    }

    [Theory]
    [InlineData("prev_hash", "PrevHash")]
    [InlineData("ntime", "NTime")]
    [InlineData("min_ntime", "MinNTime")]
    [InlineData("nBits", "NBits")]
    [InlineData("nbits", "NBits")]
    [InlineData("coinbase_tx_input_nSequence", "CoinbaseTxInputNSequence")]
    [InlineData("wtxid_list", "WtxidList")]
    [InlineData("SubmitShares.Success", "SubmitSharesSuccess")]
    [InlineData("REQUIRES_STANDARD_JOBS", "RequiresStandardJobs")]
    [InlineData("invalid-job-param-value-*", "InvalidJobParamValue")]
    public void Names_become_NET_names(string name, string expected) => Assert.Equal(expected, Names.ToPascal(name));

    [Theory]
    [InlineData("PrevHash", "prev_hash")]
    [InlineData("ChannelId", "channel_id")]
    [InlineData("TLVValue", "tlv_value")]
    [InlineData("X", "x")]
    public void NET_names_become_names(string name, string expected) => Assert.Equal(expected, Names.ToSnake(name));
}
