using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Sv2.Spec;

namespace Sv2.Generators;

/// <summary>The compiler's form of the mistakes that specification files can hold.</summary>
internal static class SpecDescriptors
{
    private static readonly Dictionary<string, DiagnosticDescriptor> ById = SpecRules.All.ToDictionary(r => r.Id, Descriptor);

    /// <summary>A mistake at its line and column in the specification file.</summary>
    public static Diagnostic ToDiagnostic(SpecDiagnostic diagnostic)
    {
        SourceSpan span = diagnostic.Span;
        LinePositionSpan lines = new(new(span.Line, span.Column), new(span.Line, span.Column + span.Length));
        Location location = Location.Create(diagnostic.Path, new TextSpan(span.Start, span.Length), lines);
        return Diagnostic.Create(ById[diagnostic.Rule.Id], location, diagnostic.Arguments.ToArray<object>());
    }

    private static DiagnosticDescriptor Descriptor(SpecRule rule) => new(
        rule.Id, rule.Title, rule.Message, "Sv2.Spec", DiagnosticSeverity.Error, isEnabledByDefault: true,
        helpLinkUri: $"docs/diagnostics/{rule.Id}.md");
}
