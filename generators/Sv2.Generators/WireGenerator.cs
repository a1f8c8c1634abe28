using System;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Sv2.Generators.Emitter;
using Sv2.Generators.Model;
using Sv2.Spec;
using Sv2.Spec.Model;

namespace Sv2.Generators;

/// <summary>
/// Makes wire code from the <c>.sv2</c> files among a project's additional files. Each message, enumeration, TLV and
/// protocol is a step of its own, so that an edit makes anew only the files it changes.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class WireGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<SpecSource> sources = context.AdditionalTextsProvider
            .Where(static text => text.Path.EndsWith(".sv2", StringComparison.OrdinalIgnoreCase))
            .Select(static (text, cancellation) => new SpecSource(text.Path, text.GetText(cancellation)?.ToString()))
            .WithTrackingName(StepNames.SpecSource);
        IncrementalValueProvider<string> rootNamespace = context.AnalyzerConfigOptionsProvider
            .Select(static (options, _) => options.GlobalOptions.TryGetValue("build_property.RootNamespace", out string? ns) && ns.Length > 0 ? ns : "Sv2Spec");
        IncrementalValueProvider<SpecResult> result = sources.Collect().Combine(rootNamespace)
            .Select(static (input, cancellation) => SpecCompiler.Compile(input.Left, input.Right, cancellation))
            .WithTrackingName(StepNames.SpecResult);

        Emit(context, result, StepNames.Message, static model => model.Protocols.SelectMany(p => p.Messages).Select(MessageNode.FromSpec),
            static node => (node.Message.Namespace, node.Message.TypeName, MessageEmitter.Emit(node)));
        Emit(context, result, StepNames.Values, static model => model.Protocols.SelectMany(p => p.Values),
            static values => (values.Namespace, values.Name, ValuesEmitter.Emit(values)));
        Emit(context, result, StepNames.Tlv, static model => model.Protocols.SelectMany(p => p.Tlvs).Select(TlvNode.FromSpec),
            static node => (node.Tlv.Namespace, node.Tlv.TypeName, TlvEmitter.Emit(node)));
        Emit(context, result, StepNames.Protocol, static model => model.Protocols.Select(ToNode),
            static node => (node.Namespace, node.TypeName + "Dispatcher", ProtocolEmitter.Emit(node)));

        IncrementalValueProvider<EquatableArray<string>> lists = result
            .Select(static (result, _) => result.Model.Protocols.Select(p => $"{p.Namespace}.{p.TypeName}").ToEquatableArray());
        context.RegisterSourceOutput(lists.Combine(rootNamespace), static (output, input) =>
        {
            if (input.Left.Count > 0) AddSource(output, (input.Right, "SpecMessages", CatalogEmitter.Emit(input.Right, input.Left)));
        });

        // Diagnostics have an output of their own: a mistake that moves is reported anew, but no code is made anew for it.
        context.RegisterSourceOutput(result.SelectMany(static (result, _) => result.Diagnostics.ToImmutableArray()),
            static (output, diagnostic) => output.ReportDiagnostic(SpecDescriptors.ToDiagnostic(diagnostic)));
    }

    private static void Emit<T>(
        IncrementalGeneratorInitializationContext context, IncrementalValueProvider<SpecResult> result, string step,
        Func<SpecModel, System.Collections.Generic.IEnumerable<T>> select, Func<T, (string Namespace, string Type, string Text)> emit) where T : IEquatable<T>
    {
        IncrementalValuesProvider<T> nodes = result.SelectMany((result, _) => select(result.Model).ToImmutableArray()).WithTrackingName(step);
        context.RegisterSourceOutput(nodes, (output, node) => AddSource(output, emit(node)));
    }

    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    private static void AddSource(SourceProductionContext output, (string Namespace, string Type, string Text) file) =>
        output.AddSource($"{file.Namespace}.{file.Type}.g.cs", SourceText.From(file.Text, Utf8));

    private static ProtocolNode ToNode(ProtocolModel protocol) => new(
        protocol.Name, protocol.TypeName, protocol.Namespace, protocol.ExtensionType, protocol.IsExtension, protocol.Summary, "public", null,
        protocol.Messages.Select(m => new MessageReference(m.Name, m.TypeName, $"{m.Namespace}.{m.TypeName}", m.Number, m.Direction)).ToEquatableArray(),
        protocol.Tlvs.Select(t => $"{t.Namespace}.{t.TypeName}").ToEquatableArray());
}
