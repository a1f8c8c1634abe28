using Sv2.Spec.Model;

namespace Sv2.Generators.Emitter;

/// <summary>Writes the file of an enumeration, of flags, or of error codes.</summary>
internal static class ValuesEmitter
{
    /// <summary>The whole file.</summary>
    public static string Emit(ValuesModel values)
    {
        SourceWriter writer = new(values.Namespace);
        string section = values.Section.Length > 0 ? $" (section {values.Section})" : "";
        writer.Summary((values.Summary.Length > 0 ? values.Summary : $"Values of {values.Name}.") + section);
        if (values.Kind == ValuesKind.Codes) Codes(writer, values);
        else Enumeration(writer, values);
        return writer.ToString();
    }

    private static void Enumeration(SourceWriter writer, ValuesModel values)
    {
        bool isFlags = values.Kind == ValuesKind.Flags;
        if (isFlags) writer.Line("[global::System.Flags]");
        writer.Line("[global::System.CodeDom.Compiler.GeneratedCode(\"Sv2.Generators\", \"1.0\")]");
        writer.Open($"public enum {values.Name} : {FieldCode.Scalar(values.Type)}");
        if (isFlags)
        {
            writer.Summary("No flag.");
            writer.Line("None = 0,");
        }

        foreach (ValueModel member in values.Members)
        {
            if (isFlags || !member.Equals(values.Members[0])) writer.Line();
            writer.Summary(member.Summary.Length > 0 ? member.Summary : member.Name);
            writer.Line($"{member.MemberName} = {(isFlags ? $"0x{member.Value:x}" : member.Value.ToString())},");
        }

        writer.Close();
    }

    // Ready-made texts, so that sending an error allocates nothing.
    private static void Codes(SourceWriter writer, ValuesModel values)
    {
        writer.Line("[global::System.CodeDom.Compiler.GeneratedCode(\"Sv2.Generators\", \"1.0\")]");
        writer.Open($"public static class {values.Name}");
        foreach (ValueModel member in values.Members)
        {
            if (!member.Equals(values.Members[0])) writer.Line();
            writer.Summary($"{member.Name}: {member.Summary}");
            writer.Line($"public static global::Sv2.Protocol.Text {member.MemberName} {{ get; }} = {SourceWriter.Literal(member.Name.TrimEnd('*'))};");
        }

        writer.Close();
    }
}
