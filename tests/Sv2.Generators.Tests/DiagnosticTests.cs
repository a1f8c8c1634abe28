using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Sv2.Generators.Parser;
using Sv2.Spec;

namespace Sv2.Generators.Tests;

/// <summary>Mistakes as the compiler reports them: id, line and column, and a page to read about each.</summary>
public class DiagnosticTests
{
    private const string Start = """
        using Sv2.Protocol;
        using Sv2.Protocol.Mining;
        namespace Vendor;
        [Sv2Extension(0x4001, "vendor")] public static partial class Ext;

        """;

    private const string Message = "[Sv2Message(typeof(Ext), 1, MessageDirection.Both)] ";
    private const string Tlv = "[Sv2Tlv(typeof(Ext), 1, typeof(SubmitSharesExtended)";

    [Fact]
    public void Mistake_in_a_specification_file_has_its_place_there()
    {
        ImmutableArray<Diagnostic> found = GeneratorHarness.Diagnose(GeneratorHarness.Compile(), "Vendor", new SpecText("a/b.sv2", "protocol x\nmessage M = 1 client -> server {\n  a U7\n}"));
        Diagnostic diagnostic = Assert.Single(found, d => d.Id == "SV2G006");
        FileLinePositionSpan span = diagnostic.Location.GetLineSpan();
        Assert.Equal(("a/b.sv2", 2, 4, 2, 6), (span.Path, span.StartLinePosition.Line, span.StartLinePosition.Character, span.EndLinePosition.Line, span.EndLinePosition.Character));
        Assert.Equal("'U7' is not a type of the wire.", diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
    }

    [Fact]
    public void File_that_cannot_be_read_is_reported() =>
        Assert.Contains(GeneratorHarness.Diagnose(GeneratorHarness.Compile(), "Vendor", new SpecText("a.sv2", null)), d => d.Id == "SV2G024");

    [Fact]
    public void Sound_neighbours_of_a_mistake_are_still_made()
    {
        SpecText file = new("a.sv2", "protocol x\nmessage Bad = 1 client -> server {\n  a U7\n}\nmessage Good = 2 client -> server {\n  a U8\n}");
        Assert.Contains(GeneratorHarness.Run(GeneratorHarness.Compile(), "Vendor", file).GeneratedTrees, t => t.FilePath.EndsWith("Vendor.X.Good.g.cs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("SV2A001", Message + "public readonly record struct §A { [Sv2Field(0)] public required uint X { get; init; } }")]
    [InlineData("SV2A001", "public static class §B { " + Message + "public readonly partial record struct A { [Sv2Field(0)] public required uint X { get; init; } } }")]
    [InlineData("SV2A002", Message + "public partial record struct §A { [Sv2Field(0)] public required uint X { get; init; } }")]
    [InlineData("SV2A002", Message + "public readonly partial struct §A { [Sv2Field(0)] public required uint X { get; init; } }")]
    [InlineData("SV2A002", Message + "public readonly partial record struct §A<T> { [Sv2Field(0)] public required uint X { get; init; } }")]
    [InlineData("SV2A002", "public partial class B { " + Message + "private readonly partial record struct §A { [Sv2Field(0)] public required uint X { get; init; } } }")]
    [InlineData("SV2A002", Message + "public readonly partial record struct A { [Sv2Field(0)] public uint §X => 1; }")]
    [InlineData("SV2A002", "[Sv2Extension(0x4002, \"other\")] public partial class §Other;")]
    [InlineData("SV2A002", Tlv + ", MaxLength = 1)] public readonly partial record struct §T;")]
    [InlineData("SV2A003", Message + "public readonly partial record struct A { [Sv2Field(0)] public required int §X { get; init; } }")]
    [InlineData("SV2A003", Message + "public readonly partial record struct A { [Sv2Field(0)] public required ByteString §X { get; init; } }")]
    [InlineData("SV2A003", Message + "public readonly partial record struct A { [Sv2Field(0, \"U16\")] public required uint §X { get; init; } }")]
    [InlineData("SV2A003", Message + "public readonly partial record struct A { [Sv2Field(0, \"U7\")] public required uint §X { get; init; } }")]
    [InlineData("SV2A003", Message + "public readonly partial record struct A { [Sv2Field(0, \"B0_32\", Max = 33)] public required ByteString §X { get; init; } }")]
    [InlineData("SV2A003", Message + "public readonly partial record struct A { [Sv2Field(0, \"SEQ0_255[U16]\")] public required Seq<uint> §X { get; init; } }")]
    [InlineData("SV2A003", Tlv + ")] public readonly partial record struct T { public required string §Value { get; init; } }")]
    [InlineData("SV2A005", "[§Sv2Extension(3, \"other\")] public static partial class Other;")]
    [InlineData("SV2A005", "[§Sv2Extension(0x8000, \"other\", IsRegistered = true)] public static partial class Other;")]
    [InlineData("SV2A006", "[§Sv2Message(typeof(string), 1, MessageDirection.Both)] public readonly partial record struct A { [Sv2Field(0)] public required uint X { get; init; } }")]
    [InlineData("SV2A007", Message + "public readonly partial record struct §A { [Sv2Field(1)] public required uint X { get; init; } }")]
    [InlineData("SV2A007", Message + "public readonly partial record struct A { [Sv2Field(0)] public required uint X { get; init; } [§Sv2Field(0)] public required uint Y { get; init; } }")]
    [InlineData("SV2A008", "[Sv2Message(typeof(Ext), 1, MessageDirection.Both, Channel = true)] public readonly partial record struct §A { [Sv2Field(0)] public required ushort X { get; init; } }")]
    [InlineData("SV2A009", "[§Sv2Tlv(typeof(Ext), 1, typeof(SubmitSharesExtended)" + ")] public readonly partial record struct T { public required Text Value { get; init; } }")]
    [InlineData("SV2A009", "[§Sv2Tlv(typeof(Ext), 1, typeof(SubmitSharesExtended)" + ", MaxLength = 4)] public readonly partial record struct T { public required uint Value { get; init; } }")]
    [InlineData("SV2A009", "[§Sv2Tlv(typeof(Ext), 1, typeof(SubmitSharesExtended)" + ", MinLength = 5, MaxLength = 4)] public readonly partial record struct T { public required Text Value { get; init; } }")]
    [InlineData("SV2A010", Message + "public readonly partial record struct A { [Sv2Field(0)] public required uint §Payload { get; init; } }")]
    [InlineData("SV2A010", "[§Sv2Extension(0x4002, \"not a name\")] public static partial class Other;")]
    [InlineData("SV2A011", Message + "public readonly partial record struct A { [Sv2Field(0)] public required uint X { get; init; } public required uint §Y { get; init; } }")]
    [InlineData("SV2A012", "class C { void M(byte[] b) { §SetTargetView.TryRead(b, out _, out _); } }")]
    [InlineData("SV2A012", "class C { void M<T>(byte[] b) where T : IMessage<T> { §T.TryRead(b, out _, out _); } }")]
    public async Task Mistake_in_marked_types_is_reported_at_its_place(string id, string source)
    {
        // The mark says where the diagnostic must point.
        string text = Start + source;
        ImmutableArray<Diagnostic> found = await GeneratorHarness.AnalyzeAsync(text.Replace("§", "", StringComparison.Ordinal));
        Diagnostic diagnostic = Assert.Single(found);
        Assert.Equal(id, diagnostic.Id);
        Assert.Equal(text.IndexOf('§', StringComparison.Ordinal), diagnostic.Location.SourceSpan.Start);
    }

    [Fact]
    public async Task Number_taken_twice_is_reported_where_the_later_one_stands()
    {
        const string Fields = "{ [Sv2Field(0)] public required uint X { get; init; } }\n";
        const string Source = Start
            + Message + "public readonly partial record struct B " + Fields + Message + "public readonly partial record struct A " + Fields
            + Tlv + ")] public readonly partial record struct T { public required uint Value { get; init; } }\n"
            + Tlv + ")] public readonly partial record struct U { public required uint Value { get; init; } }\n"
            + "[Sv2Extension(0x4001, \"zzz\")] public static partial class Zzz;";
        ImmutableArray<Diagnostic> found = await GeneratorHarness.AnalyzeAsync(Source);
        Assert.Equal(["Message type 0x01 is already taken by 'Vendor.A'.", "TLV 0x01 is already taken by 'Vendor.T'.", "Extension 0x4001 is already taken by 'Vendor.Ext'."],
            found.Select(d => d.GetMessage(System.Globalization.CultureInfo.InvariantCulture)));
        Assert.All(found, d => Assert.Equal("SV2A004", d.Id));
        Assert.Equal(Source.IndexOf("B {", StringComparison.Ordinal), found[0].Location.SourceSpan.Start);
    }

    [Fact]
    public async Task Sound_types_have_no_diagnostic() => Assert.Empty(await GeneratorHarness.AnalyzeAsync(AttributeSources.Sound));

    [Fact]
    public void Every_rule_has_a_page_and_a_release_entry()
    {
        string releases = File.ReadAllText(Path.Combine(RealSpec.Root, "generators", "Sv2.Generators", "AnalyzerReleases.Unshipped.md"))
            + File.ReadAllText(Path.Combine(RealSpec.Root, "generators", "Sv2.Generators", "AnalyzerReleases.Shipped.md"));
        string index = File.ReadAllText(Path.Combine(RealSpec.Root, "docs", "diagnostics", "README.md"));
        foreach ((string id, string title) in SpecRules.All.Select(r => (r.Id, r.Title)).Concat(ExtensionRules.All.Select(r => (r.Id, r.Title.ToString(System.Globalization.CultureInfo.InvariantCulture)))))
        {
            string page = Path.Combine(RealSpec.Root, "docs", "diagnostics", id + ".md");
            Assert.True(File.Exists(page), $"docs/diagnostics/{id}.md is missing");
            Assert.StartsWith($"# {id}: {title}\n", File.ReadAllText(page).ReplaceLineEndings("\n"), StringComparison.Ordinal);
            Assert.Contains($"[{id}]({id}.md)", index, StringComparison.Ordinal);
            Assert.Contains($"\n{id} | ", releases.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_analyzer_rule_has_an_example_here()
    {
        IEnumerable<string> covered = typeof(DiagnosticTests).GetMethod(nameof(Mistake_in_marked_types_is_reported_at_its_place))!.GetCustomAttributesData()
            .Where(a => a.AttributeType == typeof(InlineDataAttribute))
            .Select(a => (string)((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!)[0].Value!);
        Assert.Equal(ExtensionRules.All.Select(r => r.Id), covered.Append("SV2A004").Distinct().Order());
    }
}
