using System.Collections.Generic;
using System.Linq;
using Sv2.Generators.Model;
using Sv2.Spec.Model;

namespace Sv2.Generators.Emitter;

/// <summary>Writes the file of a protocol or extension: the handler interfaces, the dispatcher and the list of messages.</summary>
internal static class ProtocolEmitter
{
    private const string Sdk = "global::Sv2.Protocol.";

    /// <summary>The whole file.</summary>
    public static string Emit(ProtocolNode protocol)
    {
        SourceWriter writer = new(protocol.Namespace);
        List(writer, protocol);
        if (protocol.IsExtension)
        {
            writer.Line();
            Extension(writer, protocol);
        }

        if (protocol.Messages.Count == 0) return writer.ToString();

        List<MessageReference> toServer = protocol.Messages.Where(m => (m.Direction & Direction.ClientToServer) != 0).ToList();
        List<MessageReference> toClient = protocol.Messages.Where(m => (m.Direction & Direction.ServerToClient) != 0).ToList();
        if (toServer.Count > 0) Handler(writer, protocol, "Server", "clients send", toServer);
        if (toClient.Count > 0) Handler(writer, protocol, "Client", "servers send", toClient);
        writer.Line();
        Dispatcher(writer, protocol, toServer, toClient);
        return writer.ToString();
    }

    private static void List(SourceWriter writer, ProtocolNode protocol)
    {
        writer.Summary($"All messages of {protocol.Name}. {protocol.Summary}".TrimEnd());
        writer.Open($"{protocol.Accessibility} static class {protocol.TypeName}Messages");
        writer.Summary("The messages by number.");
        Property(writer, "MessageInfo", "All", protocol.Messages.Select(m => m.FullTypeName));
        writer.Line();
        writer.Summary("The TLVs by number.");
        Property(writer, "TlvInfo", "Tlvs", protocol.Tlvs);
        writer.Close();
    }

    private static void Property(SourceWriter writer, string type, string name, IEnumerable<string> types)
    {
        string items = string.Join("", types.Select(t => $"\n    {FieldCode.Global(t)}.Info,"));
        string list = items.Length == 0 ? "[]" : $"\n[{items}\n]";
        writer.Line($"public static global::System.Collections.Immutable.ImmutableArray<{Sdk}{type}> {name} {{ get; }} ={(items.Length == 0 ? " " : "")}{list};");
    }

    private static void Extension(SourceWriter writer, ProtocolNode protocol)
    {
        if (protocol.ExtensionClass is null)
            writer.Summary($"Extension 0x{protocol.ExtensionType:x4} {protocol.Name}. {protocol.Summary}".TrimEnd());
        writer.Open(protocol.ExtensionClass is null ? $"public static class {protocol.TypeName}Extension" : $"partial class {protocol.ExtensionClass}");
        writer.Summary("The extension's number, as it is negotiated and as it stands in frame headers and TLVs.");
        writer.Line($"public const ushort ExtensionType = 0x{protocol.ExtensionType:x4};");
        writer.Line();
        writer.Summary("Number, name, messages and TLVs of the extension.");
        writer.Line(
            $"public static {Sdk}ExtensionInfo Info {{ get; }} = new(ExtensionType, {SourceWriter.Literal(protocol.Name)}, {SourceWriter.Literal(protocol.Summary)}, " +
            $"{protocol.TypeName}Messages.All, {protocol.TypeName}Messages.Tlvs);");
        writer.Close();
    }

    private static void Handler(SourceWriter writer, ProtocolNode protocol, string side, string who, List<MessageReference> messages)
    {
        writer.Line();
        writer.Summary($"Takes the messages of {protocol.Name} that {who}. Views are valid during the call only.");
        writer.Open($"{protocol.Accessibility} interface I{protocol.TypeName}{side}Handler");
        foreach (MessageReference message in messages)
        {
            if (message != messages[0]) writer.Line();
            writer.Summary($"A {message.Name} arrived.");
            writer.Line($"void On{message.TypeName}(in {FieldCode.Global(message.FullTypeName)}View message);");
        }

        writer.Close();
    }

    private static void Dispatcher(SourceWriter writer, ProtocolNode protocol, List<MessageReference> toServer, List<MessageReference> toClient)
    {
        writer.Summary($"Reads frames of {protocol.Name} and hands their messages to a handler. The channel bit is ignored.");
        writer.Line("[global::System.CodeDom.Compiler.GeneratedCode(\"Sv2.Generators\", \"1.0\")]");
        writer.Open($"{protocol.Accessibility} static class {protocol.TypeName}Dispatcher");
        if (toServer.Count > 0) Side(writer, protocol, "Server", toServer);
        if (toServer.Count > 0 && toClient.Count > 0) writer.Line();
        if (toClient.Count > 0) Side(writer, protocol, "Client", toClient);
        writer.Close();
    }

    private static void Side(SourceWriter writer, ProtocolNode protocol, string side, List<MessageReference> messages)
    {
        string handler = $"I{protocol.TypeName}{side}Handler";
        const string Parameters = $"in {Sdk}FrameHeader header, global::System.ReadOnlySpan<byte> payload";
        Doc(writer, $"Hands a frame that arrived at a {side.ToLowerInvariant()} to a handler object.");
        writer.Line($"public static {Sdk}DispatchResult DispatchTo{side}<THandler>({Parameters}, THandler handler)");
        writer.Line($"    where THandler : class, {handler} => Dispatch{side}(in header, payload, ref handler);");
        writer.Line();
        Doc(writer, $"Hands a frame that arrived at a {side.ToLowerInvariant()} to a handler struct, without boxing it.");
        writer.Line($"public static {Sdk}DispatchResult DispatchTo{side}<THandler>({Parameters}, ref THandler handler)");
        writer.Line($"    where THandler : struct, {handler} => Dispatch{side}(in header, payload, ref handler);");
        writer.Line();
        writer.Line($"private static {Sdk}DispatchResult Dispatch{side}<THandler>({Parameters}, ref THandler handler)");
        writer.Open($"    where THandler : {handler}");
        writer.Line($"if (header.ExtensionType != 0x{protocol.ExtensionType:x4}) return {Sdk}DispatchResult.Unknown;");
        writer.Open("switch (header.MessageType)");
        foreach (MessageReference message in messages)
            writer.Line($"case 0x{message.Number:x2}:\n    return {side}{message.TypeName}(payload, ref handler);");
        writer.Line($"default:\n    return {Sdk}DispatchResult.Unknown;");
        writer.Close();
        writer.Close();
        foreach (MessageReference message in messages) Hand(writer, handler, side, message);
    }

    /// <summary>
    /// A method a message: in one method for all, every call would clear the stack that all messages' views take together.
    /// </summary>
    private static void Hand(SourceWriter writer, string handler, string side, MessageReference message)
    {
        string view = FieldCode.Global(message.FullTypeName) + "View";
        writer.Line();
        writer.Line($"private static {Sdk}DispatchResult {side}{message.TypeName}<THandler>(global::System.ReadOnlySpan<byte> payload, ref THandler handler)");
        writer.Open($"    where THandler : {handler}");
        writer.Line($"if (!{view}.TryRead(payload, out {view} message, out {Sdk}DecodeError error)) return {Sdk}DispatchResult.Malformed({view}.Info, error);");
        writer.Line($"handler.On{message.TypeName}(in message);\nreturn {Sdk}DispatchResult.Handled({view}.Info);");
        writer.Close();
    }

    private static void Doc(SourceWriter writer, string summary)
    {
        writer.Summary(summary);
        writer.Line("/// <param name=\"header\">The frame's header.</param>");
        writer.Line("/// <param name=\"payload\">The frame's plaintext payload.</param>");
        writer.Line("/// <param name=\"handler\">Called once when the frame holds a message of its side.</param>");
        writer.Line("/// <returns>Whether the handler was called, and why not.</returns>");
    }
}
