using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Sv2.Generators.Parser;

namespace Sv2.Generators;

/// <summary>Reports mistakes in types marked with the extension authors' attributes, and reading whose result is ignored.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ExtensionAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ExtensionRules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName(ExtensionParser.ExtensionAttribute) is null) return;
            Numbers numbers = new();
            start.RegisterSymbolAction(symbol => Type(symbol, numbers), SymbolKind.NamedType);
            start.RegisterOperationAction(Statement, OperationKind.ExpressionStatement);
            start.RegisterCompilationEndAction(numbers.ReportDuplicates);
        });
    }

    private static void Type(SymbolAnalysisContext context, Numbers numbers)
    {
        INamedTypeSymbol type = (INamedTypeSymbol)context.Symbol;
        Location at = type.Locations.FirstOrDefault() ?? Location.None;
        if (new ExtensionParser(context.ReportDiagnostic).Extension(type) is { } extension)
            numbers.Add(new("Extension", "", extension.Number, "0x{0:x4}", extension.FullName, at));
        if (new ExtensionParser(context.ReportDiagnostic).Message(type) is { } message)
            numbers.Add(new("Message type", message.Extension, message.Node.Message.Number, "0x{0:x2}", message.FullName, at));
        if (new ExtensionParser(context.ReportDiagnostic).Tlv(type) is { } tlv)
            numbers.Add(new("TLV", tlv.Extension, tlv.Node.Tlv.Number, "0x{0:x2}", tlv.FullName, at));
    }

    // A TryRead that stands alone as a statement: whatever it gave may be the default value.
    private static void Statement(OperationAnalysisContext context)
    {
        if (((IExpressionStatementOperation)context.Operation).Operation is not IInvocationOperation { TargetMethod: { Name: "TryRead", ContainingType: { } type } } call)
            return;
        bool isMessage = type.TypeKind == TypeKind.TypeParameter || type.AllInterfaces.Concat([type]).Any(IsMessageInterface);
        if (isMessage) context.ReportDiagnostic(Diagnostic.Create(ExtensionRules.ReadResultIgnored, call.Syntax.GetLocation(), $"{type.Name}.TryRead"));
    }

    private static bool IsMessageInterface(INamedTypeSymbol type) =>
        type.Name is "IMessage" or "IMessageView" && type.ContainingNamespace?.ToDisplayString() == "Sv2.Protocol";

    private sealed record Number(string What, string Scope, int Value, string Format, string Owner, Location At);

    /// <summary>The numbers given in a compilation, to find those given twice.</summary>
    private sealed class Numbers
    {
        private readonly ConcurrentBag<Number> _numbers = [];

        public void Add(Number number) => _numbers.Add(number);

        public void ReportDuplicates(CompilationAnalysisContext context)
        {
            foreach (IGrouping<(string, string, int), Number> group in _numbers.GroupBy(n => (n.What, n.Scope, n.Value)))
            {
                List<Number> ordered = [.. group.OrderBy(n => n.Owner, StringComparer.Ordinal)];
                foreach (Number number in ordered.Skip(1))
                {
                    string shown = string.Format(System.Globalization.CultureInfo.InvariantCulture, number.Format, number.Value);
                    context.ReportDiagnostic(Diagnostic.Create(ExtensionRules.DuplicateNumber, number.At, number.What, shown, ordered[0].Owner));
                }
            }
        }
    }
}
