using Microsoft.CodeAnalysis;

namespace Sv2.Generators.Tests;

/// <summary>That what is generated compiles, with every warning an error and documentation checked.</summary>
public class CompileTests
{
    // The same file is compiled into Sv2.Protocol.Tests, where its messages are exercised.
    private static readonly string EveryType = File.ReadAllText(Path.Combine(RealSpec.Root, "tests", "Sv2.Protocol.Tests", "Data", "every-type.sv2"));

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
