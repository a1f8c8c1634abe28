using Sv2.Spec.Model;

namespace Sv2.Generators.Emitter;

/// <summary>The C# for one wire type: the .NET types it becomes, and how it is read and written at an offset.</summary>
internal static class FieldCode
{
    private const string Sdk = "global::Sv2.Protocol.";

    /// <summary>The .NET type of a scalar.</summary>
    public static string Scalar(WireType type) => type.Kind switch
    {
        WireKind.Bool => "bool",
        WireKind.Float => "float",
        WireKind.U256 => Sdk + "U256",
        _ => type.Size switch
        {
            1 => "byte",
            2 => "ushort",
            8 => "ulong",
            _ => "uint",
        },
    };

    /// <summary>The .NET type of a field in an owned message.</summary>
    public static string Owned(FieldModel field)
    {
        WireType type = field.Type;
        return type.Kind switch
        {
            _ when field.EnumType is { } name => Global(name),
            WireKind.FixedBytes or WireKind.Bytes => Sdk + "ByteString",
            WireKind.Text => Sdk + "Text",
            WireKind.Option => Scalar(type.Element!) + "?",
            WireKind.Seq => $"{Sdk}Seq<{OwnedElement(type.Element!)}>",
            _ => Scalar(type),
        };
    }

    /// <summary>The .NET type of a field in a view.</summary>
    public static string Borrowed(FieldModel field)
    {
        WireType type = field.Type;
        return type.Kind switch
        {
            WireKind.FixedBytes or WireKind.Bytes or WireKind.Text => "global::System.ReadOnlySpan<byte>",
            WireKind.Seq => type.Element!.IsScalar ? $"{Sdk}SeqView<{Scalar(type.Element)}>" : $"{Sdk}BytesSeqView",
            _ => Owned(field),
        };
    }

    /// <summary>The expression that reads a field of a view, whose bounds are already checked.</summary>
    /// <param name="field">The field.</param>
    /// <param name="source">The span to read from.</param>
    /// <param name="offset">Where the field begins.</param>
    /// <param name="end">Where it ends, for fields of variable length.</param>
    public static string Read(FieldModel field, string source, string offset, string end)
    {
        WireType type = field.Type;
        string value = type.Kind switch
        {
            WireKind.FixedBytes => $"{source}.Slice({offset}, {type.Size})",
            WireKind.Bytes or WireKind.Text => $"{Sdk}WireReader.Bytes{8 * type.Size}({source}, {offset})",
            WireKind.Option => $"{source}[{offset}] == 0 ? null : {ReadScalar(type.Element!, source, Plus(offset, 1))}",
            WireKind.Seq when type.Element!.IsScalar => $"{Sdk}WireReader.Seq<{Scalar(type.Element)}>({source}, {offset}, {type.Size}, {type.Element.Size})",
            WireKind.Seq => $"{Sdk}WireReader.BytesSeq({source}, {offset}, {end}, {type.Size}, {type.Element!.Size})",
            _ => ReadScalar(type, source, offset),
        };
        if (field.EnumType is { } name) value = $"({Global(name)}){value}";
        if (field.Default is not { } fallback) return value;
        string number = field.EnumType is { } enumName ? $"({Global(enumName)}){fallback}" : $"({Scalar(type)}){fallback}";
        return $"{end} == {offset} ? {number} : {value}";
    }

    /// <summary>The expression that steps over a field of variable length.</summary>
    public static string Skip(FieldModel field, string offset)
    {
        WireType type = field.Type;
        const string Reader = Sdk + "WireReader.";
        return type.Kind switch
        {
            _ when field.Default is not null => $"{Reader}SkipDefaulted(payload, {offset}, {type.Size})",
            WireKind.Bytes or WireKind.Text => $"{Reader}SkipBytes{8 * type.Size}(payload, {offset}, {type.Limit})",
            WireKind.Option => $"{Reader}SkipOption(payload, {offset}, {type.Element!.Size})",
            WireKind.Seq when type.Element!.IsScalar => $"{Reader}SkipSeq{8 * type.Size}(payload, {offset}, {type.Element.Size}, {type.Limit})",
            _ => $"{Reader}SkipBytesSeq(payload, {offset}, {type.Size}, {type.Limit}, {type.Element!.Size}, {type.Element.Limit})",
        };
    }

    /// <summary>The expression that copies a view's field into an owned message.</summary>
    public static string ToOwned(FieldModel field, string value) => field.Type.Kind switch
    {
        WireKind.FixedBytes or WireKind.Bytes => $"{Sdk}ByteString.CopyOf({value})",
        WireKind.Text => $"{Sdk}Text.CopyOf({value})",
        WireKind.Seq => field.Type.Element!.Kind == WireKind.Text ? $"{value}.ToOwnedTexts()" : $"{value}.ToOwned()",
        _ => value,
    };

    /// <summary>The bytes a field takes beyond its smallest size, or null when it takes none.</summary>
    public static string? ExtraLength(FieldModel field)
    {
        WireType type = field.Type;
        string name = field.PropertyName;
        return type.Kind switch
        {
            WireKind.Bytes or WireKind.Text => $"{name}.Length",
            WireKind.Option => $"({name} is null ? 0 : {type.Element!.Size})",
            WireKind.Seq when type.Element!.IsScalar => type.Element.Size == 1 ? $"{name}.Count" : $"{name}.Count * {type.Element.Size}",
            WireKind.Seq => $"{Sdk}WireWriter.LengthOf({name}.AsSpan(), {type.Element!.Size})",
            _ => null,
        };
    }

    /// <summary>The statement that writes a field of fixed length.</summary>
    public static string WriteFixed(WireType type, string value, string? enumType, string offset, string field)
    {
        string at = offset == "0" ? "destination" : $"destination[{Range(offset)}..]";
        string number = enumType is null ? value : $"({Scalar(type)}){value}";
        const string Primitives = "global::System.Buffers.Binary.BinaryPrimitives.";
        return type.Kind switch
        {
            WireKind.Bool => $"destination[{offset}] = {value} ? (byte)1 : (byte)0;",
            WireKind.Float => $"{Primitives}WriteSingleLittleEndian({at}, {value});",
            WireKind.U256 => $"{value}.CopyTo({at});",
            WireKind.FixedBytes => $"{Sdk}WireWriter.FixedBytes(destination, {offset}, {value}.Span, {type.Size}, {SourceWriter.Literal(field)});",
            _ => type.Size switch
            {
                1 => $"destination[{offset}] = {number};",
                2 => $"{Primitives}WriteUInt16LittleEndian({at}, {number});",
                3 => $"{Sdk}WireWriter.U24(destination, {offset}, {number}, {SourceWriter.Literal(field)});",
                4 => $"{Primitives}WriteUInt32LittleEndian({at}, {number});",
                _ => $"{Primitives}WriteUInt64LittleEndian({at}, {number});",
            },
        };
    }

    /// <summary>The expression that writes a field of variable length and gives the offset after it.</summary>
    public static string WriteVariable(FieldModel field, string offset, string fieldName)
    {
        WireType type = field.Type;
        string name = field.PropertyName;
        string literal = SourceWriter.Literal(fieldName);
        const string Writer = Sdk + "WireWriter.";
        return type.Kind switch
        {
            WireKind.Bytes => $"{Writer}Bytes{8 * type.Size}(destination, {offset}, {name}.Span, {type.Limit}, {literal})",
            WireKind.Text => $"{Writer}Bytes{8 * type.Size}(destination, {offset}, {name}.Utf8, {type.Limit}, {literal})",
            WireKind.Option => $"{Writer}Option(destination, {offset}, {name}, {type.Element!.Size})",
            WireKind.Seq when type.Element!.IsScalar =>
                $"{Writer}Seq(destination, {offset}, {name}.AsSpan(), {type.Size}, {type.Element.Size}, {type.Limit}, {literal})",
            _ => $"{Writer}{(type.Element!.Kind == WireKind.Text ? "TextSeq" : "BytesSeq")}(destination, {offset}, {name}.AsSpan(), {type.Size}, {type.Limit}, {type.Element.Size}, {type.Element.Limit}, {literal})",
        };
    }

    /// <summary>The expression that reads a scalar.</summary>
    public static string ReadScalar(WireType type, string source, string offset)
    {
        string from = offset == "0" ? source : $"{source}[{Range(offset)}..]";
        const string Primitives = "global::System.Buffers.Binary.BinaryPrimitives.";
        return type.Kind switch
        {
            WireKind.Bool => $"({source}[{offset}] & 1) != 0",
            WireKind.Float => $"{Primitives}ReadSingleLittleEndian({from})",
            WireKind.U256 => $"{Sdk}U256.FromWire({source}.Slice({offset}, 32))",
            _ => type.Size switch
            {
                1 => $"{source}[{offset}]",
                2 => $"{Primitives}ReadUInt16LittleEndian({from})",
                3 => $"(uint){Sdk}WireReader.ReadU24({from})",
                4 => $"{Primitives}ReadUInt32LittleEndian({from})",
                _ => $"{Primitives}ReadUInt64LittleEndian({from})",
            },
        };
    }

    /// <summary>Adds a constant to an offset expression.</summary>
    public static string Plus(string offset, int constant) =>
        constant == 0 ? offset : int.TryParse(offset, out int number) ? (number + constant).ToString() : $"{offset} + {constant}";

    /// <summary>A full name with <c>global::</c> before it.</summary>
    public static string Global(string name) => "global::" + name;

    private static string OwnedElement(WireType type) => type.Kind switch
    {
        WireKind.Bytes => Sdk + "ByteString",
        WireKind.Text => Sdk + "Text",
        _ => Scalar(type),
    };

    // "a + 1.." would be read as "a + (1..)".
    private static string Range(string offset) => offset.IndexOf(' ') < 0 ? offset : $"({offset})";
}
