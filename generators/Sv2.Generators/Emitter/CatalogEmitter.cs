using System.Collections.Generic;
using System.Linq;
using Sv2.Spec;

namespace Sv2.Generators.Emitter;

/// <summary>Writes the list of all protocols and extensions that the specification files of a project declare.</summary>
internal static class CatalogEmitter
{
    /// <summary>The whole file.</summary>
    /// <param name="ns">.NET namespace: the project's root.</param>
    /// <param name="lists">Full names of the protocols' lists, without <c>Messages</c>.</param>
    public static string Emit(string ns, EquatableArray<string> lists)
    {
        SourceWriter writer = new(ns);
        writer.Summary("All messages and TLVs that the specification files of this assembly declare.");
        writer.Open("public static class SpecMessages");
        Property(writer, "MessageInfo", "All", lists);
        writer.Line();
        Property(writer, "TlvInfo", "Tlvs", lists);
        writer.Close();
        return writer.ToString();
    }

    private static void Property(SourceWriter writer, string type, string name, IEnumerable<string> lists)
    {
        writer.Summary(name == "All" ? "The messages, by protocol and number." : "The TLVs, by extension and number.");
        string items = string.Join("", lists.Select(l => $"\n    .. {FieldCode.Global(l)}Messages.{name},"));
        writer.Line($"public static global::System.Collections.Immutable.ImmutableArray<global::Sv2.Protocol.{type}> {name} {{ get; }} =\n[{items}\n];");
    }
}
