namespace Sv2.Spec.Tests;

/// <summary>Every mistake a specification file can hold, with its id, its line and column counted from 1, and its sentence.</summary>
public class SpecRuleTests
{
    private const string Protocol = "protocol mining\n";

    [Theory]
    // Lexer and parser.
    [InlineData("SV2G001", "protocol mining\nmessage A = 1 client -> server ;{ }", 2, 32, "Character ';' has no meaning here.")]
    [InlineData("SV2G002", "protocol mining section \"5\nmessage A = 1 client -> server { }", 1, 25, "The string has no closing quote on its line.")]
    [InlineData("SV2G003", Protocol + "message A = 0xzz client -> server { }", 2, 13, "'0xzz' is not a number; write decimal digits, or 0x and hexadecimal digits.")]
    [InlineData("SV2G003", Protocol + "message A = 99999999999999999999 client -> server { }", 2, 13, "'99999999999999999999' is not a number; write decimal digits, or 0x and hexadecimal digits.")]
    [InlineData("SV2G004", Protocol + "message A 1 client -> server { }", 2, 11, "Expected '=', found '1'.")]
    [InlineData("SV2G004", Protocol + "message A = 1 client -> client { }", 2, 25, "Expected 'server', found 'client'.")]
    [InlineData("SV2G004", Protocol + "message A = 1 both { }", 2, 15, "Expected 'client' or 'server', found 'both'.")]
    [InlineData("SV2G004", Protocol + "message A = 1 client server { }", 2, 22, "Expected '->' or '<->', found 'server'.")]
    [InlineData("SV2G004", Protocol + "message M = 1 client -> server {\n  a U8\n", 4, 1, "Expected '}', found the end of the file.")]
    [InlineData("SV2G004", Protocol + "mesage A = 1 client -> server { }", 2, 1, "Expected 'message', 'enum', 'flags', 'codes' or 'tlv', found 'mesage'.")]
    [InlineData("SV2G004", Protocol + "flags F : U8 {\n  A = 1\n}", 3, 7, "Expected 'bit', found '1'.")]
    [InlineData("SV2G005", "message A = 1 client -> server { }", 1, 1, "The file must begin with 'protocol name' or 'extension number name', found 'message'.")]
    [InlineData("SV2G005", "", 1, 1, "The file must begin with 'protocol name' or 'extension number name', found the end of the file.")]
    // Types.
    [InlineData("SV2G006", Protocol + "message M = 1 client -> server {\n  a U7\n}", 3, 5, "'U7' is not a type of the wire.")]
    [InlineData("SV2G006", Protocol + "message M = 1 client -> server {\n  a SEQ0_255\n}", 3, 5, "'SEQ0_255' is not a type of the wire.")]
    [InlineData("SV2G006", Protocol + "message M = 1 client -> server {\n  a U8[U8]\n}", 3, 5, "'U8[U8]' is not a type of the wire.")]
    [InlineData("SV2G007", Protocol + "message M = 1 client -> server {\n  a OPTION[B0_32]\n}", 3, 12, "'B0_32' cannot be the element of 'OPTION'.")]
    [InlineData("SV2G007", Protocol + "message M = 1 client -> server {\n  a SEQ0_255[SEQ0_255[U8]]\n}", 3, 14, "'SEQ0_255[U8]' cannot be the element of 'SEQ0_255'.")]
    [InlineData("SV2G013", Protocol + "message M = 1 client -> server {\n  a B0_255 max 256\n}", 3, 16, "'max 256' does not fit the length prefix of B0_255, which goes to 255.")]
    [InlineData("SV2G013", Protocol + "message M = 1 client -> server {\n  a U8 max 1\n}", 3, 12, "'max 1' does not fit the length prefix of U8, which goes to 0.")]
    // Messages and fields.
    [InlineData("SV2G008", Protocol + "message A = 1 client -> server { }\nmessage B = 0x01 client -> server { }", 3, 13, "Message type 0x01 is already taken by A in mining.")]
    [InlineData("SV2G009", Protocol + "message A.B = 1 client -> server { }\nmessage AB = 2 client -> server { }", 3, 9, "'AB' is already declared; both would become the type Ab.")]
    [InlineData("SV2G009", Protocol + "message Ab = 1 client -> server { }\nmessage AB = 2 client -> server { }", 3, 9, "'AB' is already declared; both would become the type Ab.")]
    [InlineData("SV2G009", Protocol + "message MiningDispatcher = 1 client -> server { }", 2, 9, "'MiningDispatcher' is already declared; both would become the type MiningDispatcher.")]
    [InlineData("SV2G010", Protocol + "message A = 1 client -> server {\n  a_b U8\n  a_b U8\n}", 4, 3, "Field 'a_b' is already declared in A.")]
    [InlineData("SV2G010", Protocol + "message A = 1 client -> server {\n  nbits U8\n  nBits U8\n}", 4, 3, "Field 'nBits' is already declared in A.")]
    [InlineData("SV2G011", Protocol + "message A = 1 client -> server {\n  payload U8\n}", 3, 3, "'payload' cannot be used: it would become 'Payload', which generated code needs for itself.")]
    [InlineData("SV2G011", Protocol + "message Abc = 1 client -> server {\n  abc U8\n}", 3, 3, "'abc' cannot be used: it would become 'Abc', which generated code needs for itself.")]
    [InlineData("SV2G012", Protocol + "message A = 0x100 client -> server { }", 2, 13, "0x100 is outside 0x00 to 0xff.")]
    [InlineData("SV2G012", "extension 0x8001 vendor", 1, 11, "0x8001 is outside 0x0001 to 0x7fff.")]
    [InlineData("SV2G012", Protocol + "message M = 1 client -> server {\n  a BYTES[0]\n}", 3, 11, "0 is outside 1 to 65535.")]
    [InlineData("SV2G014", Protocol + "message M = 1 channel client -> server {\n  a U16\n}", 2, 9, "M is a channel message, so its first field must be a U32 channel id.")]
    [InlineData("SV2G014", Protocol + "message A = 1 channel client -> server { }", 2, 9, "A is a channel message, so its first field must be a U32 channel id.")]
    [InlineData("SV2G020", Protocol + "message M = 1 client -> server {\n  a U8 default 0\n  b U8\n}", 4, 3, "Field 'a' cannot have a default: field 'b' follows it and has none.")]
    [InlineData("SV2G020", Protocol + "message M = 1 client -> server {\n  a B0_32 default 0\n}", 3, 19, "Field 'a' cannot have a default: only unsigned integers can.")]
    // Values.
    [InlineData("SV2G015", Protocol + "enum E : U8 {\n  A = 256\n}", 3, 7, "'256' does not fit U8.")]
    [InlineData("SV2G015", Protocol + "flags F : U16 {\n  A = bit 16\n}", 3, 11, "'16' does not fit U16.")]
    [InlineData("SV2G015", Protocol + "message M = 1 client -> server {\n  a U8 default 256\n}", 3, 16, "'256' does not fit U8.")]
    [InlineData("SV2G016", Protocol + "enum E : U8 {\n  A = 1\n  A = 2\n}", 4, 3, "'A' repeats the name of 'A'.")]
    [InlineData("SV2G016", Protocol + "enum E : U8 {\n  A = 1\n  B = 1\n}", 4, 7, "'B' repeats the number of 'A'.")]
    [InlineData("SV2G016", Protocol + "codes C {\n  no-such\n  no_such\n}", 4, 3, "'no_such' repeats the name of 'no-such'.")]
    [InlineData("SV2G019", Protocol + "message M = 1 client -> server {\n  a U8 as Nope\n}", 3, 11, "'Nope' is not declared.")]
    [InlineData("SV2G021", Protocol + "enum E : U8 {\n  A = 1\n}\nmessage M = 1 client -> server {\n  a U16 as E\n}", 6, 12, "'E' describes values of U8, the field is U16.")]
    [InlineData("SV2G021", Protocol + "enum E : B0_32 {\n  A = 1\n}", 2, 10, "'E' describes values of U8, U16, U32 or U64, the field is B0_32.")]
    // Extensions and TLVs.
    [InlineData("SV2G017", "extension 0x4001 vendor\ntlv a = 1 on mining.X TEXT", 2, 23, "A TEXT value needs 'max', its largest length in bytes.")]
    [InlineData("SV2G017", "extension 0x4001 vendor\ntlv a = 1 on mining.X BYTES max 65536", 2, 33, "65536 does not fit the TLV's 16-bit length.")]
    [InlineData("SV2G017", "extension 0x4001 vendor\ntlv a = 1 on mining.X BYTES min 5 max 4", 2, 39, "'min 5' is above 'max 4'.")]
    [InlineData("SV2G017", "extension 0x4001 vendor\ntlv a = 1 on mining.X U32 max 4", 2, 31, "U32 always takes 4 bytes, so it has no 'min' or 'max'.")]
    [InlineData("SV2G007", "extension 0x4001 vendor\ntlv a = 1 on mining.X B0_32", 2, 23, "'B0_32' cannot be the element of 'tlv'.")]
    [InlineData("SV2G018", "extension 0x4001 vendor\ntlv a = 1 on mining.X U8\ntlv b = 1 on mining.X U8", 3, 9, "TLV field type 0x01 is already taken by 'a'.")]
    [InlineData("SV2G019", "extension 0x4001 vendor\ntlv a = 1 on X U8", 2, 14, "'X' is not declared.")]
    [InlineData("SV2G022", "extension 0x0003 vendor", 1, 11, "Extension 0x0003 lies outside 0x4000 to 0x7fff; write 'registered' after its name when the public registry lists it.")]
    [InlineData("SV2G025", Protocol + "tlv a = 1 on mining.X U8", 2, 5, "Only an extension can add TLVs to messages.")]
    public void Mistake_is_reported_at_its_place(string id, string text, int line, int column, string message)
    {
        SpecDiagnostic diagnostic = SpecCompiler.Compile([new SpecSource("a.sv2", text)], "Root").Diagnostics[0];
        Assert.Equal($"a.sv2({line},{column}): error {id}: {message}", diagnostic.ToString());
    }

    [Fact]
    public void Extension_number_given_to_two_names_is_reported_in_the_later_file()
    {
        SpecResult result = SpecCompiler.Compile([new("b.sv2", "extension 0x4001 beta"), new("a.sv2", "extension 0x4001 alpha")], "Root");
        Assert.Equal("b.sv2(1,11): error SV2G023: Extension 0x4001 is already declared as 'alpha'.", Assert.Single(result.Diagnostics).ToString());
    }

    [Fact]
    public void File_that_could_not_be_read_is_reported()
    {
        SpecResult result = SpecCompiler.Compile([new("a.sv2", null)], "Root");
        Assert.Equal("a.sv2(1,1): error SV2G024: The file could not be read.", Assert.Single(result.Diagnostics).ToString());
    }

    [Fact]
    public void TLV_on_a_message_that_the_named_file_lacks_is_reported()
    {
        SpecResult result = SpecCompiler.Compile([new("a.sv2", Protocol), new("b.sv2", "extension 0x4001 vendor\ntlv a = 1 on mining.Nope U8")], "Root");
        Assert.Equal("b.sv2(2,14): error SV2G019: 'mining.Nope' is not declared.", Assert.Single(result.Diagnostics).ToString());
    }

    [Fact]
    public void One_run_reports_the_mistakes_of_all_declarations()
    {
        const string Text = Protocol + "message A = 1 client -> {\n}\nmessage M = 2 client -> server {\n  a U7\n  b U9\n}\nmessage C = 3 client -> server {\n  a U8\n}";
        SpecResult result = SpecCompiler.Compile([new("a.sv2", Text)], "Root");
        Assert.Equal([2, 5, 6], result.Diagnostics.Select(d => d.Span.Line + 1));
        Assert.Equal("C", Assert.Single(Assert.Single(result.Model.Protocols).Messages).Name);
    }

    [Fact]
    public void Every_rule_has_an_example_here()
    {
        IEnumerable<string> covered = typeof(SpecRuleTests).GetMethod(nameof(Mistake_is_reported_at_its_place))!.GetCustomAttributesData()
            .Where(a => a.AttributeType == typeof(InlineDataAttribute))
            .Select(a => (string)((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!)[0].Value!);
        Assert.Equal(SpecRules.All.Select(r => r.Id), covered.Concat(["SV2G023", "SV2G024"]).Distinct().Order());
    }
}
