using Sv2.Generators.Model;
using Sv2.Spec.Model;

namespace Sv2.Generators.Emitter;

/// <summary>Writes the file of one TLV.</summary>
internal static class TlvEmitter
{
    private const string Sdk = "global::Sv2.Protocol.";

    /// <summary>The whole file.</summary>
    public static string Emit(TlvNode node)
    {
        TlvModel tlv = node.Tlv;
        SourceWriter writer = new(tlv.Namespace);
        foreach (string container in node.Containers) writer.Open($"partial {container}");
        string valueType = ValueType(tlv);
        if (node.DeclaresType)
        {
            writer.Summary(tlv.Summary.Length > 0 ? tlv.Summary : $"TLV {tlv.Name}.");
            writer.Line("/// <remarks>");
            string lengths = tlv.MinLength == tlv.MaxLength ? $"{tlv.MaxLength}" : $"{tlv.MinLength} to {tlv.MaxLength}";
            writer.Line($"/// TLV 0x{tlv.Number:x2} of extension 0x{tlv.ExtensionType:x4} {tlv.Extension}, after {tlv.Message}. Value: {tlv.Type.Name}, {lengths} bytes.");
            writer.Line("/// </remarks>");
        }

        writer.Line("[global::System.CodeDom.Compiler.GeneratedCode(\"Sv2.Generators\", \"1.0\")]");
        writer.Open($"{(node.DeclaresType ? "public readonly " : "")}partial record struct {tlv.TypeName} : {Sdk}ITlv<{tlv.TypeName}>");
        writer.Line("/// <inheritdoc/>");
        writer.Line(
            $"public static {Sdk}TlvInfo Info {{ get; }} = new({SourceWriter.Literal(tlv.Name)}, {SourceWriter.Literal(tlv.Extension)}, 0x{tlv.ExtensionType:x4}, " +
            $"0x{tlv.Number:x2}, {SourceWriter.Literal(tlv.Message)}, {MessageEmitter.WireTypeExpression(tlv.Type)}, {tlv.MinLength}, {tlv.MaxLength}, {SourceWriter.Literal(tlv.Summary)});");
        if (node.DeclaresType)
        {
            writer.Line();
            writer.Summary("The value.");
            writer.Line($"public required {valueType} Value {{ get; init; }}");
        }

        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"public int Length => {Sdk}Tlv.HeaderSize + {(tlv.Type.IsFixed ? tlv.Type.Size.ToString() : "Value.Length")};");
        writer.Line();
        Find(writer, tlv);
        writer.Line();
        Write(writer, tlv);
        writer.Close();
        foreach (string _ in node.Containers) writer.Close();
        return writer.ToString();
    }

    private static string ValueType(TlvModel tlv) => tlv.Type.Kind switch
    {
        _ when tlv.EnumType is { } name => FieldCode.Global(name),
        WireKind.Text => Sdk + "Text",
        WireKind.Bytes or WireKind.FixedBytes => Sdk + "ByteString",
        _ => FieldCode.Scalar(tlv.Type),
    };

    private static void Find(SourceWriter writer, TlvModel tlv)
    {
        writer.Line("/// <inheritdoc/>");
        writer.Open($"public static {Sdk}TlvOutcome Find({Sdk}TlvReader tlvs, out global::System.ReadOnlySpan<byte> value, out {Sdk}DecodeError error)");
        writer.Line($"return {Sdk}TlvValue.Find(Info, tlvs, out value, out error);");
        writer.Close();
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Open($"public static {Sdk}TlvOutcome Find({Sdk}TlvReader tlvs, out {tlv.TypeName} tlv, out {Sdk}DecodeError error)");
        writer.Line($"{Sdk}TlvOutcome outcome = Find(tlvs, out global::System.ReadOnlySpan<byte> value, out error);");
        string read = tlv.Type.Kind switch
        {
            WireKind.Text => $"{Sdk}Text.CopyOf(value)",
            WireKind.Bytes or WireKind.FixedBytes => $"{Sdk}ByteString.CopyOf(value)",
            _ => (tlv.EnumType is { } name ? $"({FieldCode.Global(name)})" : "") + FieldCode.ReadScalar(tlv.Type, "value", "0"),
        };
        writer.Line($"tlv = outcome == {Sdk}TlvOutcome.Found ? new() {{ Value = {read} }} : default;");
        writer.Line("return outcome;");
        writer.Close();
    }

    private static void Write(SourceWriter writer, TlvModel tlv)
    {
        writer.Line("/// <inheritdoc/>");
        writer.Open($"public void Write(ref {Sdk}TlvWriter writer)");
        switch (tlv.Type.Kind)
        {
            case WireKind.Text:
                writer.Line($"{Sdk}TlvValue.Write(Info, Value.Utf8, ref writer);");
                break;
            case WireKind.Bytes or WireKind.FixedBytes:
                writer.Line($"{Sdk}TlvValue.Write(Info, Value.Span, ref writer);");
                break;
            default:
                writer.Line($"global::System.Span<byte> destination = stackalloc byte[{tlv.Type.Size}];");
                writer.Line(FieldCode.WriteFixed(tlv.Type, "Value", tlv.EnumType, "0", tlv.Name));
                writer.Line($"{Sdk}TlvValue.Write(Info, destination, ref writer);");
                break;
        }

        writer.Close();
    }
}
