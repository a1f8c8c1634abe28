using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Sv2.Generators.Tests;

/// <summary>What is made anew after an edit, and that nothing of a compilation is kept.</summary>
public class IncrementalTests
{
    private static readonly string[] SpecSteps = [StepNames.Message, StepNames.Values, StepNames.Tlv, StepNames.Protocol];
    private static readonly string[] DeclaredSteps = [StepNames.DeclaredMessage, StepNames.DeclaredTlv, StepNames.DeclaredExtension];

    [Fact]
    public void Edit_of_other_code_makes_nothing_anew()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(AttributeSources.Sound, "class A { }");
        GeneratorDriver driver = GeneratorHarness.Driver("Vendor", RealSpec.Files).RunGenerators(compilation);
        SyntaxTree edited = CSharpSyntaxTree.ParseText("class A { int B; }", GeneratorHarness.ParseOptions, "Source1.cs");
        GeneratorRunResult result = driver.RunGenerators(compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[1], edited)).GetRunResult().Results.Single();
        AssertAllKept(result);
        Assert.All(Reasons(result, StepNames.SpecSource), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
    }

    [Fact]
    public void Same_text_in_a_new_object_makes_nothing_anew()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile();
        GeneratorDriver driver = GeneratorHarness.Driver("Vendor", RealSpec.Files).RunGenerators(compilation);
        SpecText old = RealSpec.Files[0];
        driver = driver.ReplaceAdditionalText(old, new SpecText(old.Path, old.GetText()!.ToString()));
        AssertAllKept(driver.RunGenerators(compilation).GetRunResult().Results.Single());
    }

    [Fact]
    public void Moved_lines_make_nothing_anew()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile();
        GeneratorDriver driver = GeneratorHarness.Driver("Vendor", RealSpec.Files).RunGenerators(compilation);
        SpecText old = RealSpec.Files[0];
        driver = driver.ReplaceAdditionalText(old, new SpecText(old.Path, "// moved\n\n" + old.GetText()));
        AssertAllKept(driver.RunGenerators(compilation).GetRunResult().Results.Single());
    }

    [Fact]
    public void Edit_of_one_message_makes_one_file_anew()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile();
        GeneratorDriver driver = GeneratorHarness.Driver("Vendor", RealSpec.Files).RunGenerators(compilation);
        SpecText old = RealSpec.Files.Single(f => f.Path == "mining.sv2");
        string text = old.GetText()!.ToString();
        driver = driver.ReplaceAdditionalText(old, new SpecText(old.Path, text.Replace("nonce            U32    /// Header nonce.", "nonce            U32    /// Other words.", StringComparison.Ordinal)));
        GeneratorRunResult result = driver.RunGenerators(compilation).GetRunResult().Results.Single();
        Assert.Single(Reasons(result, StepNames.Message), IncrementalStepRunReason.Modified);
        Assert.Equal(43, Reasons(result, StepNames.Message).Count(r => r is IncrementalStepRunReason.Unchanged or IncrementalStepRunReason.Cached));
        Assert.All(Reasons(result, StepNames.Protocol), r => Assert.NotEqual(IncrementalStepRunReason.Modified, r));
        Assert.Single(result.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs), o => o.Reason == IncrementalStepRunReason.Modified);
    }

    [Fact]
    public void Edit_of_one_declared_message_leaves_the_others()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(AttributeSources.Sound);
        GeneratorDriver driver = GeneratorHarness.Driver("Vendor").RunGenerators(compilation);
        string text = AttributeSources.Sound.Replace("Max = 1000", "Max = 1001", StringComparison.Ordinal);
        SyntaxTree edited = CSharpSyntaxTree.ParseText(text, GeneratorHarness.ParseOptions, "Source0.cs");
        GeneratorRunResult result = driver.RunGenerators(compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[0], edited)).GetRunResult().Results.Single();
        Assert.Single(Reasons(result, StepNames.DeclaredMessage), IncrementalStepRunReason.Modified);
        Assert.Single(result.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs), o => o.Reason == IncrementalStepRunReason.Modified);
    }

    [Fact]
    public void Models_hold_nothing_of_the_compiler()
    {
        GeneratorRunResult result = GeneratorHarness.Run(GeneratorHarness.Compile(AttributeSources.Sound), "Vendor", RealSpec.Files).Results.Single();
        HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
        foreach (string step in (string[])[.. SpecSteps, .. DeclaredSteps, StepNames.SpecResult])
        {
            foreach ((object value, _) in result.TrackedSteps[step].SelectMany(s => s.Outputs)) AssertPure(value, seen, step);
        }

        Assert.True(seen.Count > 500);
    }

    [Fact]
    public void Compilation_is_let_go()
    {
        (GeneratorDriver driver, WeakReference compilation) = RunAndForget();
        for (int i = 0; i < 10 && compilation.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(compilation.IsAlive);
        GC.KeepAlive(driver);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (GeneratorDriver Driver, WeakReference Compilation) RunAndForget()
    {
        CSharpCompilation first = GeneratorHarness.Compile(AttributeSources.Sound);
        GeneratorDriver driver = GeneratorHarness.Driver("Vendor", RealSpec.Files).RunGenerators(first);

        // The driver itself keeps the last compilation; a later one pushes out the first.
        driver = driver.RunGenerators(GeneratorHarness.Compile("class Other { }"));
        return (driver, new WeakReference(first));
    }

    private static void AssertPure(object? value, HashSet<object> seen, string path)
    {
        if (value is null or string || value.GetType().IsPrimitive || value.GetType().IsEnum) return;
        Assert.False(value is ISymbol or Compilation or SyntaxNode or SyntaxTree or Location or SemanticModel, $"{path} holds a {value.GetType()}");
        if (!value.GetType().IsValueType && !seen.Add(value)) return;
        if (value is IEnumerable items)
        {
            foreach (object? item in items) AssertPure(item, seen, path + "[]");
            return;
        }

        foreach (FieldInfo field in value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            AssertPure(field.GetValue(value), seen, $"{path}.{field.Name}");
    }

    private static void AssertAllKept(GeneratorRunResult result)
    {
        foreach (string step in SpecSteps.Concat(DeclaredSteps).Where(result.TrackedSteps.ContainsKey))
            Assert.All(Reasons(result, step), r => Assert.True(r is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, $"{step}: {r}"));
        Assert.All(result.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs), o => Assert.Equal(IncrementalStepRunReason.Cached, o.Reason));
    }

    private static List<IncrementalStepRunReason> Reasons(GeneratorRunResult result, string step) =>
        [.. result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(o => o.Reason)];
}
