namespace Sv2.Spec.Tests;

/// <summary>That the generated part of the C header says what the specification files say.</summary>
public class CHeaderTests
{
    private static readonly string Header = CHeader.Write(SpecCompiler.Compile(RealSpec.Sources, "Sv2.Protocol").Model);

    [Fact]
    public void Header_is_up_to_date()
    {
        string path = Path.Combine(RealSpec.Root, "src", "Sdk", "Sv2.Native", "include", "sv2_messages.h");
        if (Environment.GetEnvironmentVariable("SV2_UPDATE_GOLDEN") == "1")
        {
            Assert.True(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), "The header is not updated where CI is set.");
            File.WriteAllText(path, Header);
        }

        bool isSame = File.ReadAllText(path).ReplaceLineEndings("\n") == Header;
        Assert.True(isSame, "sv2_messages.h is out of date: run the tests of Sv2.Spec with SV2_UPDATE_GOLDEN=1 and look at the difference.");
    }

    [Theory]
    [InlineData("SV2_MINING_SUBMIT_SHARES_EXTENDED = 0x00001b,")]
    [InlineData("SV2_EXTENSIONS_NEGOTIATION_REQUEST_EXTENSIONS_ERROR = 0x000102,")]
    [InlineData("#define SV2_MINING_SETUP_FLAGS_REQUIRES_VERSION_ROLLING 0x00000004u")]
    [InlineData("#define SV2_SUBMIT_SHARES_ERROR_CODES_STALE_SHARE \"stale-share\"")]
    [InlineData("#define SV2_SET_CUSTOM_MINING_JOB_ERROR_CODES_INVALID_JOB_PARAM_VALUE_PREFIX \"invalid-job-param-value-\"")]
    [InlineData("    sv2_option_u32 min_ntime;")]
    [InlineData("    sv2_u256_list merkle_path;")]
    [InlineData("    sv2_bytes_list transaction_list;")]
    [InlineData("    uint32_t coinbase_tx_input_nSequence;")]
    public void Header_holds(string line) => Assert.Contains(line, Header, StringComparison.Ordinal);

    [Fact]
    public void Fields_named_like_keywords_get_an_underscore()
    {
        const string Source = "extension 0x4001 odd\nmessage Odd = 0x00 client -> server {\n  template U8\n  plain BYTES[4]\n}\n";
        string header = CHeader.Write(SpecCompiler.Compile([new SpecSource("odd.sv2", Source)], "X").Model);

        Assert.Contains("uint8_t template_;", header, StringComparison.Ordinal);
        Assert.Contains("uint8_t plain[4];", header, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_messages_of_one_number_are_refused()
    {
        SpecSource first = new("a.sv2", "protocol alpha\nmessage One = 0x07 client -> server {\n  value U8\n}\n");
        SpecSource second = new("b.sv2", "protocol beta\nmessage Two = 0x07 client -> server {\n  value U8\n}\n");

        var thrown = Assert.Throws<InvalidOperationException>(() => CHeader.Write(SpecCompiler.Compile([first, second], "X").Model));
        Assert.Contains("0x000007", thrown.Message, StringComparison.Ordinal);
    }
}
