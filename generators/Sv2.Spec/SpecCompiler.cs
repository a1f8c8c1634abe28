using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Sv2.Spec.Model;
using Sv2.Spec.Syntax;

namespace Sv2.Spec;

/// <summary>A specification file: where it lies and what it says.</summary>
/// <param name="Path">Path, used in messages and for the order of files.</param>
/// <param name="Text">The whole text, or null when it could not be read.</param>
public sealed record SpecSource(string Path, string? Text);

/// <summary>What a compilation of specification files gives: the parts that are sound, and the mistakes.</summary>
/// <param name="Model">Everything that could be understood.</param>
/// <param name="Diagnostics">All mistakes, by file and place.</param>
public sealed record SpecResult(SpecModel Model, EquatableArray<SpecDiagnostic> Diagnostics);

/// <summary>Compiles specification files to a model.</summary>
public static class SpecCompiler
{
    /// <summary>Compiles files together. Their order does not matter.</summary>
    /// <param name="sources">The files.</param>
    /// <param name="rootNamespace">.NET namespace under which each protocol gets its own.</param>
    /// <param name="cancellation">Stops between files.</param>
    public static SpecResult Compile(IEnumerable<SpecSource> sources, string rootNamespace, CancellationToken cancellation = default)
    {
        List<SpecDiagnostic> diagnostics = [];
        List<FileSyntax> files = [];
        foreach (SpecSource source in sources.OrderBy(s => s.Path, StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            if (source.Text is null) diagnostics.Add(SpecRules.UnreadableFile.At(source.Path, default));
            else if (Parser.Parse(source.Path, source.Text, diagnostics) is { } file) files.Add(file);
        }

        SpecModel model = new Binder(files, rootNamespace, diagnostics).Bind();
        SpecDiagnostic[] ordered = diagnostics.OrderBy(d => d.Path, StringComparer.Ordinal).ThenBy(d => d.Span.Start).ThenBy(d => d.Rule.Id, StringComparer.Ordinal).ToArray();
        return new SpecResult(model, new(ordered));
    }
}
