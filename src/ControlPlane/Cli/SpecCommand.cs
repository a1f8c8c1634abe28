using System.CommandLine;
using Sv2.Protocol;
using Sv2.Protocol.Inspection;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 spec [MESSAGE]</c>: what the specification says about messages; with <c>--wireshark</c> a dissector for them.</summary>
internal static class SpecCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string?>("MESSAGE") { Description = "A message, as the specification spells it; without it, the list of all.", Arity = ArgumentArity.ZeroOrOne };
        var wireshark = new Option<bool>("--wireshark") { Description = "Prints a Wireshark dissector for all messages, in Lua." };
        var command = new Command("spec", "Prints the messages of the protocol, or the layout of one.") { name, wireshark };
        command.SetAction(parsed => parsed.GetValue(wireshark) ? PrintDissector(console) : Print(console, parsed.GetValue(name)));
        return command;
    }

    private static int PrintDissector(CliConsole console)
    {
        console.Out.Write(WiresharkDissector.Write(MessageCatalog.Specification));
        return ExitCodes.Success;
    }

    private static int Print(CliConsole console, string? name)
    {
        MessageCatalog catalog = MessageCatalog.Specification;
        if (name is null)
        {
            console.Out.Write(SpecText.List(catalog));
            return ExitCodes.Success;
        }

        IReadOnlyList<MessageInfo> found = catalog.Find(name);
        if (found.Count == 0)
            throw new ConfigurationException("MESSAGE", $"'{name}' is not a message of the protocol", $"did you mean {Nearest(catalog, name)}?");
        console.Out.Write(string.Join('\n', found.Select(SpecText.Layout)));
        return ExitCodes.Success;
    }

    private static string Nearest(MessageCatalog catalog, string name) =>
        catalog.Messages.Select(m => m.Name).MinBy(known => EditDistance.Between(known.ToLowerInvariant(), name.ToLowerInvariant()))!;
}
