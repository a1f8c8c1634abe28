using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Sv2.Generators.Tests;

/// <summary>Runs the generator and the analyzer over source text, without files and without MSBuild.</summary>
internal static class GeneratorHarness
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(path) is "netstandard.dll" or "mscorlib.dll")
            .Select(path => MetadataReference.CreateFromFile(path)),
        MetadataReference.CreateFromFile(typeof(Protocol.Frame).Assembly.Location),
    ];

    public static CSharpParseOptions ParseOptions { get; } = new(LanguageVersion.CSharp13, DocumentationMode.Diagnose);

    /// <summary>A library whose every warning is an error.</summary>
    public static CSharpCompilation Compile(params string[] sources) => CSharpCompilation.Create(
        "Vendor", sources.Select((text, i) => CSharpSyntaxTree.ParseText(text, ParseOptions, $"Source{i}.cs")), References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, generalDiagnosticOption: ReportDiagnostic.Error, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>A driver that tracks the steps.</summary>
    public static CSharpGeneratorDriver Driver(string rootNamespace, params IEnumerable<AdditionalText> files) => CSharpGeneratorDriver.Create(
        [new WireGenerator().AsSourceGenerator()], files, ParseOptions, new Options(rootNamespace),
        new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>Runs the generator once.</summary>
    public static GeneratorDriverRunResult Run(CSharpCompilation compilation, string rootNamespace, params IEnumerable<AdditionalText> files) =>
        Driver(rootNamespace, files).RunGenerators(compilation).GetRunResult();

    /// <summary>Runs the generator and gives what the compiler says about everything together; hidden and informational messages left out.</summary>
    public static ImmutableArray<Diagnostic> Diagnose(CSharpCompilation compilation, string rootNamespace, params IEnumerable<AdditionalText> files)
    {
        Driver(rootNamespace, files).RunGeneratorsAndUpdateCompilation(compilation, out Compilation output, out ImmutableArray<Diagnostic> own);
        return [.. own, .. output.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning)];
    }

    /// <summary>Runs the generator and then the analyzer; gives the analyzer's messages in the order of their places.</summary>
    public static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string source)
    {
        Driver("Vendor").RunGeneratorsAndUpdateCompilation(Compile(source), out Compilation output, out _);
        ImmutableArray<Diagnostic> found = await output.WithAnalyzers([new ExtensionAnalyzer()]).GetAnalyzerDiagnosticsAsync();
        return [.. found.OrderBy(d => d.Location.SourceSpan.Start)];
    }

    private sealed class Options(string rootNamespace) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Global(rootNamespace);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class Global(string rootNamespace) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, out string value)
        {
            value = rootNamespace;
            return key == "build_property.RootNamespace";
        }
    }
}

/// <summary>A specification file in memory.</summary>
internal sealed class SpecText(string path, string? text) : AdditionalText
{
    public override string Path => path;

    public override SourceText? GetText(CancellationToken cancellationToken = default) => text is null ? null : SourceText.From(text);
}

/// <summary>The specification files of this repository.</summary>
internal static class RealSpec
{
    /// <summary>Folder with <c>Sdk.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>All files under <c>spec/</c>, with paths relative to it.</summary>
    public static SpecText[] Files { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Root, "spec"), "*.sv2", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => new SpecText(Path.GetRelativePath(Path.Combine(Root, "spec"), path).Replace('\\', '/'), File.ReadAllText(path).ReplaceLineEndings("\n"))),
    ];

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sdk.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests run outside the repository: no Sdk.sln in any folder above.");
    }
}
