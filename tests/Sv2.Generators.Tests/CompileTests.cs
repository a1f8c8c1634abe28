using Microsoft.CodeAnalysis;

namespace Sv2.Generators.Tests;

/// <summary>That what is generated compiles, with every warning an error and documentation checked.</summary>
public class CompileTests
{
    /// <summary>Every type in every place it can stand.</summary>
    private const string EveryType = """
        extension 0x4001 every_type
        enum E8 : U8 { A = 1 }
        enum E16 : U16 { A = 1 }
        flags F32 : U32 { A = bit 31 }
        flags F64 : U64 { A = bit 63 }
        codes Codes { some-code }
        message Empty = 0 client -> server { }
        message Fixed = 1 client -> server {
          a BOOL b U8 c U16 d U24 e U32 f U64 g F32 h U256 i BYTES[5] j PUBKEY k SIGNATURE l MAC
          m U8 as E8 n U16 as E16 o U32 as F32 p U64 as F64
        }
        message Prefixed = 2 channel client <-> server {
          channel_id U32
          a B0_32 b B0_255 c B0_64K d B0_16M e STR0_255 as Codes f STR0_255 max 3
          g U16 h BYTES[2] i BOOL j U24 k U256
        }
        message Options = 3 server -> client {
          a OPTION[BOOL] b OPTION[U8] c OPTION[U16] d OPTION[U24] e OPTION[U32] f OPTION[U64] g OPTION[F32] h OPTION[U256]
        }
        message Sequences = 4 server -> client {
          a SEQ0_255[BOOL] b SEQ0_64K[U8] c SEQ0_255[U16] d SEQ0_64K[U24] e SEQ0_255[U32] f SEQ0_64K[U64] g SEQ0_255[F32] h SEQ0_64K[U256] max 9
          i SEQ0_255[B0_32] j SEQ0_64K[B0_255] k SEQ0_255[B0_64K] l SEQ0_64K[B0_16M] m SEQ0_255[STR0_255]
        }
        message Defaults = 5 client -> server { a B0_32 b U8 as E8 default 1 c U64 default 18446744073709551615 }
        message Keywords = 6 client -> server { class U8 namespace_ U8 offset U8 error U8 view B0_32 destination U16 }
        tlv text = 1 on Prefixed TEXT min 1 max 32
        tlv bytes = 2 on Prefixed BYTES max 65535
        tlv number = 3 on Prefixed U64
        tlv flag = 4 on Prefixed BOOL
        tlv key = 5 on Prefixed PUBKEY
        tlv hash = 6 on Prefixed U256
        """;

    [Fact]
    public void Specification_compiles_without_a_warning() =>
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Compile(), "Vendor", RealSpec.Files));

    [Fact]
    public void Every_type_compiles_without_a_warning() =>
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Compile(), "Vendor", new SpecText("every.sv2", EveryType)));

    [Fact]
    public void Attributes_compile_without_a_warning() =>
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Compile(AttributeSources.Sound), "Vendor"));

    [Fact]
    public void Types_outside_a_namespace_and_inside_others_compile() =>
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Compile(AttributeSources.Nested), "Vendor"));

    [Fact]
    public void Names_that_differ_in_case_only_get_files_of_their_own()
    {
        Assert.Empty(GeneratorHarness.Diagnose(GeneratorHarness.Compile(AttributeSources.CaseClash), "Vendor"));
        IEnumerable<string> names = GeneratorHarness.Run(GeneratorHarness.Compile(AttributeSources.CaseClash), "Vendor").Results.Single()
            .GeneratedSources.Select(s => s.HintName);
        Assert.Equal(2, names.Count(n => n.StartsWith("Vendor.ab.", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void Two_parts_of_a_type_give_one_file()
    {
        const string Part = "\npublic readonly partial record struct Report { public static int Helper => 1; }";
        GeneratorDriverRunResult result = GeneratorHarness.Run(GeneratorHarness.Compile(AttributeSources.Sound, "namespace Vendor;" + Part), "Vendor");
        Assert.Single(result.Results.Single().GeneratedSources, s => s.HintName == "Vendor.Report.g.cs");
    }

    // Views are ref structs: the compiler itself keeps them from outliving their frame.
    [Theory]
    [InlineData("class A { SetTargetView _view; }", "CS8345")]
    [InlineData("class A { object M(SetTargetView view) => view; }", "CS0029")]
    [InlineData("class A { Func<uint> M(SetTargetView view) => () => view.ChannelId; }", "CS9108")]
    [InlineData("class A { List<SetTargetView> M() => null!; }", "CS9244")]
    public void View_cannot_be_stored_or_captured(string source, string error)
    {
        const string Usings = "using System; using System.Collections.Generic; using Sv2.Protocol.Mining;\n";
        Assert.Contains(error, GeneratorHarness.Compile(Usings + source).GetDiagnostics().Select(d => d.Id));
    }
}
