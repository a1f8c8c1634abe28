using System.Collections.Generic;
using System.Linq;
using System.Text;
using Sv2.Generators.Model;
using Sv2.Spec.Model;

namespace Sv2.Generators.Emitter;

/// <summary>Writes the file of one message: the owned value and the borrowed view.</summary>
internal static class MessageEmitter
{
    private const string Sdk = "global::Sv2.Protocol.";

    /// <summary>The whole file.</summary>
    public static string Emit(MessageNode node)
    {
        MessageModel message = node.Message;
        MessageLayout layout = new(message);
        SourceWriter writer = new(message.Namespace);
        foreach (string container in node.Containers) writer.Open($"partial {container}");
        Owned(writer, node, layout);
        writer.Line();
        View(writer, node, layout);
        foreach (string _ in node.Containers) writer.Close();
        return writer.ToString();
    }

    private static void Owned(SourceWriter writer, MessageNode node, MessageLayout layout)
    {
        MessageModel message = node.Message;
        string type = message.TypeName;
        if (node.DeclaresType) Doc(writer, message, layout, message.Summary);
        writer.Line("[global::System.CodeDom.Compiler.GeneratedCode(\"Sv2.Generators\", \"1.0\")]");
        writer.Open($"{(node.DeclaresType ? "public readonly " : "")}partial record struct {type} : {Sdk}IMessage<{type}>");
        Info(writer, message);
        if (node.DeclaresType) Properties(writer, message);
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"public int PayloadLength => {PayloadLength(message)};");
        writer.Line();
        Write(writer, message);
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Open($"public static bool TryRead(global::System.ReadOnlySpan<byte> payload, out {type} message, out {Sdk}DecodeError error)");
        writer.Open($"if (!{type}View.TryRead(payload, out {type}View view, out error))");
        writer.Line("message = default;\nreturn false;");
        writer.Close();
        writer.Line();
        writer.Line("message = view.ToOwned();\nreturn true;");
        writer.Close();
        writer.Line();
        ToString(writer, message);
        writer.Close();
    }

    private static void Info(SourceWriter writer, MessageModel message)
    {
        writer.Line("/// <inheritdoc/>");
        writer.Line($"public static {Sdk}MessageInfo Info {{ get; }} = new(");
        string direction = Sdk + "MessageDirection." + message.Direction;
        writer.Line(
            $"    {SourceWriter.Literal(message.Name)}, {SourceWriter.Literal(message.Protocol)}, 0x{message.ExtensionType:x4}, 0x{message.Number:x2}, " +
            $"{(message.IsChannel ? "true" : "false")}, {direction}, {SourceWriter.Literal(message.Section)},");
        writer.Line($"    {SourceWriter.Literal(message.Summary)},");
        if (message.Fields.Count == 0)
        {
            writer.Line("    []);");
            return;
        }

        writer.Line("    [");
        foreach (FieldModel field in message.Fields) writer.Line("        " + FieldInfo(field) + ",");
        writer.Line("    ]);");
    }

    private static string FieldInfo(FieldModel field)
    {
        StringBuilder text = new($"new({SourceWriter.Literal(field.Name)}, {WireTypeExpression(field.Type)}, {SourceWriter.Literal(field.Summary)}");
        if (field.Default is { } value) text.Append($", Default: {value}");
        if (field.Values.Count > 0)
        {
            IEnumerable<string> names = field.Values.Select(v => $"new({SourceWriter.Literal(v.Name)}, {v.Value}, {SourceWriter.Literal(v.Summary)})");
            text.Append($", ValueNames: [{string.Join(", ", names)}]");
        }

        return text.Append(')').ToString();
    }

    /// <summary>The expression that makes the runtime's description of a type; the runtime itself knows no names of types.</summary>
    public static string WireTypeExpression(WireType type)
    {
        string limit = type.Limit == 0 ? "" : $", {type.Limit}";
        string element = type.Element is { } inner ? $", {WireTypeExpression(inner)}" : "";
        return $"new({SourceWriter.Literal(type.Name)}, {Sdk}WireKind.{type.Kind}, {type.Size}{limit}{element})";
    }

    private static void Properties(SourceWriter writer, MessageModel message)
    {
        foreach (FieldModel field in message.Fields)
        {
            writer.Line();
            FieldDoc(writer, field);
            writer.Line($"public required {FieldCode.Owned(field)} {field.PropertyName} {{ get; init; }}");
        }
    }

    private static string PayloadLength(MessageModel message)
    {
        int constant = message.Fields.Sum(f => f.Type.Size);
        List<string> terms = [constant.ToString(), .. message.Fields.Select(FieldCode.ExtraLength).OfType<string>()];
        return string.Join(" + ", terms);
    }

    private static void Write(SourceWriter writer, MessageModel message)
    {
        writer.Line("/// <inheritdoc/>");
        writer.Open("public int Write(global::System.Span<byte> destination)");
        writer.Line($"destination = {Sdk}WireWriter.Fit(destination, PayloadLength);");
        string? anchor = null;
        int distance = 0;
        foreach (FieldModel field in message.Fields)
        {
            string offset = anchor is null ? distance.ToString() : FieldCode.Plus("offset", distance);
            string name = $"{message.Name}.{field.Name}";
            if (field.Type.IsFixed)
            {
                writer.Line(FieldCode.WriteFixed(field.Type, field.PropertyName, field.EnumType, offset, name));
                distance += field.Type.Size;
                continue;
            }

            writer.Line($"{(anchor is null ? "int " : "")}offset = {FieldCode.WriteVariable(field, offset, name)};");
            anchor = field.PropertyName;
            distance = 0;
        }

        writer.Line($"return {(anchor is null ? distance.ToString() : FieldCode.Plus("offset", distance))};");
        writer.Close();
    }

    private static void ToString(SourceWriter writer, MessageModel message)
    {
        writer.Line("/// <summary>One line for logs: text from the peer is sanitised, long values are cut.</summary>");
        string fields = string.Concat(message.Fields.Select(f => $"\n    .Field({SourceWriter.Literal(f.Name)}, {f.PropertyName})"));
        writer.Line($"public override string ToString() => new {Sdk}LogText({SourceWriter.Literal(message.Name)}){fields}\n    .ToString();");
    }

    private static void View(SourceWriter writer, MessageNode node, MessageLayout layout)
    {
        MessageModel message = node.Message;
        string type = message.TypeName + "View";
        Doc(writer, message, layout, $"Borrowed view of a {message.Name}: read from the frame's bytes, valid as long as they are.");
        writer.Line("[global::System.CodeDom.Compiler.GeneratedCode(\"Sv2.Generators\", \"1.0\")]");
        writer.Open($"{node.Accessibility} readonly ref struct {type} : {Sdk}IMessageView<{type}>");
        writer.Line("private readonly global::System.ReadOnlySpan<byte> _payload;");
        foreach (FieldPlace place in layout.Variable) writer.Line($"private readonly int _after{place.Field.PropertyName};");
        writer.Line();
        Constructor(writer, type, layout);
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"public static {Sdk}MessageInfo Info => {message.TypeName}.Info;");
        foreach (FieldPlace place in layout.Places)
        {
            writer.Line();
            FieldDoc(writer, place.Field);
            string value = FieldCode.Read(place.Field, "_payload", place.Offset("_after"), "_after" + place.Field.PropertyName);
            // A nullable's getter is just too long for the compiler to inline it unasked.
            string getter = place.Field.Type.Kind == WireKind.Option ? $"{{ {MethodImpl("AggressiveInlining")} get => {value}; }}" : $"=> {value};";
            writer.Line($"public {FieldCode.Borrowed(place.Field)} {place.Field.PropertyName} {getter}");
        }

        string end = layout.End("_after");
        string range = end.IndexOf(' ') < 0 ? end : $"({end})";
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"public global::System.ReadOnlySpan<byte> Payload => _payload[..{range}];");
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"public global::System.ReadOnlySpan<byte> Tlvs => _payload[{range}..];");
        writer.Line();
        TryRead(writer, type, message, layout);
        writer.Line();
        ToOwned(writer, message);
        writer.Line();
        writer.Line("/// <summary>One line for logs: text from the peer is sanitised, long values are cut.</summary>");
        writer.Line("public override string ToString() => ToOwned().ToString();");
        writer.Close();
    }

    private static void Constructor(SourceWriter writer, string type, MessageLayout layout)
    {
        string parameters = string.Concat(layout.Variable.Select(p => $", int after{p.Field.PropertyName}"));
        writer.Open($"private {type}(global::System.ReadOnlySpan<byte> payload{parameters})");
        writer.Line("_payload = payload;");
        foreach (FieldPlace place in layout.Variable) writer.Line($"_after{place.Field.PropertyName} = after{place.Field.PropertyName};");
        writer.Close();
    }

    private static void TryRead(SourceWriter writer, string type, MessageModel message, MessageLayout layout)
    {
        bool canFail = message.MinLength > 0 || layout.EndAnchor is not null;
        writer.Line("/// <inheritdoc/>");
        // Inlined, the view lives in registers and the one length check spares those of the fields behind it.
        writer.Line(MethodImpl("AggressiveInlining"));
        writer.Open($"public static bool TryRead(global::System.ReadOnlySpan<byte> payload, out {type} view, out {Sdk}DecodeError error)");
        if (message.MinLength > 0) Refuse(writer, $"payload.Length < {message.MinLength}");
        foreach (FieldPlace place in layout.Variable)
            writer.Line($"int after{place.Field.PropertyName} = {FieldCode.Skip(place.Field, place.Offset("after"))};");
        // A step that failed is far below zero, and as an unsigned number beyond any length.
        if (layout.EndAnchor is not null) Refuse(writer, $"(uint)({layout.End("after")}) > (uint)payload.Length");

        string arguments = string.Concat(layout.Variable.Select(p => $", after{p.Field.PropertyName}"));
        writer.Line($"view = new {type}(payload{arguments});\nerror = default;\nreturn true;");
        writer.Close();
        if (!canFail) return;

        writer.Line();
        writer.Line(MethodImpl("NoInlining"));
        writer.Line($"private static {Sdk}DecodeError Malformed(global::System.ReadOnlySpan<byte> payload) => {Sdk}WireReader.Explain({message.TypeName}.Info, payload);");
    }

    /// <summary>The way out for a bad payload. Its result is a constant, so that a caller's good path begins with all that the checks have shown.</summary>
    private static void Refuse(SourceWriter writer, string condition)
    {
        writer.Open($"if ({condition})");
        writer.Line("view = default;\nerror = Malformed(payload);\nreturn false;");
        writer.Close();
        writer.Line();
    }

    private static string MethodImpl(string option) =>
        $"[global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.{option})]";

    private static void ToOwned(SourceWriter writer, MessageModel message)
    {
        writer.Summary("Copies the fields into a value that outlives the frame.");
        if (message.Fields.Count == 0)
        {
            writer.Line($"public {message.TypeName} ToOwned() => default;");
            return;
        }

        writer.Line($"public {message.TypeName} ToOwned() => new()");
        writer.Line("{");
        foreach (FieldModel field in message.Fields) writer.Line($"    {field.PropertyName} = {FieldCode.ToOwned(field, field.PropertyName)},");
        writer.Line("};");
    }

    private static void FieldDoc(SourceWriter writer, FieldModel field)
    {
        writer.Summary(field.Summary.Length > 0 ? field.Summary : $"Field {field.Name}.");
        string absent = field.Default is { } value ? $" A payload that ends before it reads as {value}." : "";
        writer.Line($"/// <remarks>On the wire <c>{field.Name}</c>, {field.Type.Name}.{absent}</remarks>");
    }

    /// <summary>Summary, numbers and wire layout of a message.</summary>
    private static void Doc(SourceWriter writer, MessageModel message, MessageLayout layout, string summary)
    {
        writer.Summary(summary.Length > 0 ? summary : $"Message {message.Name}.");
        writer.Line("/// <remarks>");
        string origin = message.ExtensionType == 0 ? $"protocol {message.Protocol}" : $"extension 0x{message.ExtensionType:x4} {message.Protocol}";
        string direction = message.Direction switch
        {
            Direction.ClientToServer => "client to server",
            Direction.ServerToClient => "server to client",
            _ => "either direction",
        };
        string section = message.Section.Length > 0 ? $", section {SourceWriter.Escape(message.Section)}" : "";
        writer.Line($"/// Message 0x{message.Number:x2} of {origin}, {direction}{(message.IsChannel ? ", with the channel bit" : "")}{section}. Wire layout:");
        writer.Line("/// <code>");
        int nameWidth = message.Fields.Count == 0 ? 0 : message.Fields.Max(f => f.Name.Length);
        foreach (FieldPlace place in layout.Places)
        {
            string offset = place.Anchor is null ? place.Distance.ToString().PadLeft(3) : "  *";
            writer.Line($"/// {offset}  {place.Field.Name.PadRight(nameWidth)}  {place.Field.Type.Name}{(place.Field.Default is null ? "" : " (may be missing)")}");
        }

        writer.Line("/// </code>");
        writer.Line("/// </remarks>");
    }
}
