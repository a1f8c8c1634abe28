using System;
using System.Collections.Generic;
using System.Linq;
using Sv2.Generators.Parser;
using Sv2.Spec;
using Sv2.Spec.Model;

namespace Sv2.Generators.Model;

/// <summary>A message to be written, and in what surroundings.</summary>
/// <param name="Message">The message.</param>
/// <param name="DeclaresType">
/// Whether the generator declares the type and its properties, as for specification files; otherwise a user has, with attributes.
/// </param>
/// <param name="Accessibility">Accessibility of the view: that of the message's type.</param>
/// <param name="Containers">Types around a user's type, outermost first, such as <c>static class Messages</c>.</param>
internal sealed record MessageNode(MessageModel Message, bool DeclaresType, string Accessibility, EquatableArray<string> Containers)
{
    /// <summary>A message of a specification file.</summary>
    public static MessageNode FromSpec(MessageModel message) => new(message, true, "public", default);
}

/// <summary>A TLV to be written, and in what surroundings.</summary>
/// <param name="Tlv">The TLV.</param>
/// <param name="DeclaresType">Whether the generator declares the type and its property.</param>
/// <param name="Containers">Types around a user's type, outermost first.</param>
internal sealed record TlvNode(TlvModel Tlv, bool DeclaresType, EquatableArray<string> Containers)
{
    /// <summary>A TLV of a specification file.</summary>
    public static TlvNode FromSpec(TlvModel tlv) => new(tlv, true, default);
}

/// <summary>What a dispatcher needs to know of a message.</summary>
internal sealed record MessageReference(string Name, string TypeName, string FullTypeName, int Number, Direction Direction);

/// <summary>A protocol or extension whose dispatcher and lists are to be written.</summary>
/// <param name="Name">Name in snake_case.</param>
/// <param name="TypeName">Name in .NET casing, the beginning of the names of its types.</param>
/// <param name="Namespace">.NET namespace.</param>
/// <param name="ExtensionType">The extension's number; 0 for core protocols.</param>
/// <param name="IsExtension">Whether it is an extension.</param>
/// <param name="Summary">What it is for.</param>
/// <param name="Accessibility">Accessibility of the types.</param>
/// <param name="ExtensionClass">Name of a user's class that gets the extension's members; null to declare one.</param>
/// <param name="Messages">Messages by number.</param>
/// <param name="Tlvs">Full type names of the TLVs by number.</param>
internal sealed record ProtocolNode(
    string Name, string TypeName, string Namespace, int ExtensionType, bool IsExtension, string Summary, string Accessibility, string? ExtensionClass,
    EquatableArray<MessageReference> Messages, EquatableArray<string> Tlvs)
{
    /// <summary>A protocol or extension of the specification files.</summary>
    public static ProtocolNode FromSpec(ProtocolModel protocol) => new(
        protocol.Name, protocol.TypeName, protocol.Namespace, protocol.ExtensionType, protocol.IsExtension, protocol.Summary, "public", null,
        protocol.Messages.Select(m => new MessageReference(m.Name, m.TypeName, $"{m.Namespace}.{m.TypeName}", m.Number, m.Direction)).ToEquatableArray(),
        protocol.Tlvs.Select(t => $"{t.Namespace}.{t.TypeName}").ToEquatableArray());

    /// <summary>The extensions declared with attributes, each with its messages and TLVs; of equal numbers the first one counts.</summary>
    public static IEnumerable<ProtocolNode> FromAttributes(
        IEnumerable<ExtensionShape> extensions, IEnumerable<Declared<MessageNode>> messages, IEnumerable<Declared<TlvNode>> tlvs)
    {
        foreach (ExtensionShape extension in extensions.OrderBy(e => e.FullName, StringComparer.Ordinal))
        {
            List<Declared<MessageNode>> own = [.. messages.Where(m => m.Extension == extension.FullName).OrderBy(m => m.FullName, StringComparer.Ordinal)
                .GroupBy(m => m.Node.Message.Number).OrderBy(g => g.Key).Select(g => g.First())];
            string accessibility = own.TrueForAll(m => m.Node is { Accessibility: "public", Containers.Count: 0 }) ? "public" : "internal";
            yield return new ProtocolNode(
                extension.Name, extension.TypeName, extension.Namespace, extension.Number, true, extension.Summary, accessibility, extension.TypeName,
                own.Select(m => new MessageReference(m.Node.Message.Name, m.Node.Message.TypeName, m.FullName, m.Node.Message.Number, m.Node.Message.Direction)).ToEquatableArray(),
                tlvs.Where(t => t.Extension == extension.FullName).OrderBy(t => t.FullName, StringComparer.Ordinal)
                    .GroupBy(t => t.Node.Tlv.Number).OrderBy(g => g.Key).Select(g => g.First().FullName).ToEquatableArray());
        }
    }
}
