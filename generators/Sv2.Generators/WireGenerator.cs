using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Sv2.Generators.Emitter;
using Sv2.Generators.Model;
using Sv2.Generators.Parser;
using Sv2.Spec;
using Sv2.Spec.Model;

namespace Sv2.Generators;

/// <summary>
/// Makes wire code from the <c>.sv2</c> files among a project's additional files, and from types marked with the extension
/// authors' attributes. Each message, enumeration, TLV and protocol is a step of its own, so that an edit makes anew only
/// the files it changes.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class WireGenerator : IIncrementalGenerator
{
    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        FromSpecificationFiles(context);
        FromAttributes(context);
    }

    private static void FromSpecificationFiles(IncrementalGeneratorInitializationContext context)
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

        IncrementalValuesProvider<T> Select<T>(Func<SpecModel, IEnumerable<T>> select, string step) =>
            result.SelectMany((result, _) => select(result.Model).ToImmutableArray()).WithTrackingName(step);

        context.RegisterSourceOutput(Select(static m => m.Protocols.SelectMany(p => p.Messages).Select(MessageNode.FromSpec), StepNames.Message),
            static (output, node) => Add(output, node.Message.Namespace, node.Message.TypeName, MessageEmitter.Emit(node)));
        context.RegisterSourceOutput(Select(static m => m.Protocols.SelectMany(p => p.Values), StepNames.Values),
            static (output, values) => Add(output, values.Namespace, values.Name, ValuesEmitter.Emit(values)));
        context.RegisterSourceOutput(Select(static m => m.Protocols.SelectMany(p => p.Tlvs).Select(TlvNode.FromSpec), StepNames.Tlv),
            static (output, node) => Add(output, node.Tlv.Namespace, node.Tlv.TypeName, TlvEmitter.Emit(node)));
        context.RegisterSourceOutput(Select(static m => m.Protocols.Select(ProtocolNode.FromSpec), StepNames.Protocol),
            static (output, node) => Add(output, node.Namespace, node.TypeName + "Dispatcher", ProtocolEmitter.Emit(node)));

        IncrementalValueProvider<EquatableArray<string>> lists = result
            .Select(static (result, _) => result.Model.Protocols.Select(p => $"{p.Namespace}.{p.TypeName}").ToEquatableArray());
        context.RegisterSourceOutput(lists.Combine(rootNamespace), static (output, input) =>
        {
            if (input.Left.Count > 0) Add(output, input.Right, "SpecMessages", CatalogEmitter.Emit(input.Right, input.Left));
        });

        // Diagnostics have an output of their own: a mistake that moves is reported anew, but no code is made anew for it.
        context.RegisterSourceOutput(result.SelectMany(static (result, _) => result.Diagnostics.ToImmutableArray()),
            static (output, diagnostic) => output.ReportDiagnostic(SpecDescriptors.ToDiagnostic(diagnostic)));
    }

    // The analyzer reports mistakes; here a type with a mistake just gives nothing.
    private static void FromAttributes(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<T> Declared<T>(string attribute, Func<ExtensionParser, INamedTypeSymbol, T?> parse, string step) where T : class =>
            context.SyntaxProvider.ForAttributeWithMetadataName(attribute, static (_, _) => true,
                    (marked, _) => parse(new ExtensionParser(static _ => { }), (INamedTypeSymbol)marked.TargetSymbol))
                .Where(static model => model is not null).Select(static (model, _) => model!).WithTrackingName(step);

        IncrementalValuesProvider<Declared<MessageNode>> messages =
            Declared(ExtensionParser.MessageAttribute, static (parser, type) => parser.Message(type), StepNames.DeclaredMessage);
        IncrementalValuesProvider<Declared<TlvNode>> tlvs =
            Declared(ExtensionParser.TlvAttribute, static (parser, type) => parser.Tlv(type), StepNames.DeclaredTlv);
        IncrementalValuesProvider<ExtensionShape> extensions =
            Declared(ExtensionParser.ExtensionAttribute, static (parser, type) => parser.Extension(type), StepNames.DeclaredExtension);

        IncrementalValueProvider<EquatableArray<string>> clashes = messages.Select(static (m, _) => m.FullName).Collect()
            .Combine(tlvs.Select(static (t, _) => t.FullName).Collect())
            .Select(static (names, _) => HintNames.Clashes(names.Left.Concat(names.Right)));
        context.RegisterSourceOutput(messages.Combine(clashes), static (output, input) =>
            output.AddSource(HintNames.For(input.Left.FullName, input.Right), SourceText.From(MessageEmitter.Emit(input.Left.Node), Utf8)));
        context.RegisterSourceOutput(tlvs.Combine(clashes), static (output, input) =>
            output.AddSource(HintNames.For(input.Left.FullName, input.Right), SourceText.From(TlvEmitter.Emit(input.Left.Node), Utf8)));

        IncrementalValuesProvider<ProtocolNode> protocols = extensions.Collect().Combine(messages.Collect()).Combine(tlvs.Collect())
            .SelectMany(static (input, _) => ProtocolNode.FromAttributes(input.Left.Left, input.Left.Right, input.Right));
        context.RegisterSourceOutput(protocols, static (output, node) => Add(output, node.Namespace, node.TypeName + "Dispatcher", ProtocolEmitter.Emit(node)));
    }

    private static void Add(SourceProductionContext output, string ns, string type, string text) =>
        output.AddSource(HintNames.For(ns.Length == 0 ? type : $"{ns}.{type}", default), SourceText.From(text, Utf8));
}
