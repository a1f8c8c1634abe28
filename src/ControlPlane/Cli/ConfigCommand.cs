using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Stack;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 config</c>: examples, schemas and checks of configurations.</summary>
internal static class ConfigCommand
{
    public static Command Create(CliConsole console) => new("config", "Shows and checks configurations.")
    {
        Example(console),
        Check(console),
        Schema(console),
    };

    private static Command Example(CliConsole console)
    {
        Argument<string> kind = KindArgument();
        var command = new Command("example", "Prints a complete configuration to start from.") { kind };
        command.SetAction(parsed =>
        {
            IRoleKind found = RoleKinds.Find(parsed.GetRequiredValue(kind));
            var example = new JsonObject { [ConfigurationFile.KindKey] = found.Name };
            foreach ((string key, JsonNode? value) in (JsonObject)JsonSerializer.SerializeToNode(found.Example, found.OptionsType, RoleJson.Configuration)!)
                example[key] = value?.DeepClone();
            console.Out.WriteLine(example.ToJsonString(RoleJson.Configuration));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Check(CliConsole console)
    {
        var file = new Argument<string>("FILE") { Description = "A configuration with a top-level \"kind\"." };
        var command = new Command("check", "Checks a configuration file without running it.") { file };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            ConfigurationFile configuration = ConfigurationFile.Read(path);
            if (configuration.Kind is not { } kind)
                throw new ConfigurationException($"{path}: {ConfigurationFile.KindKey}", "is missing", $"give one of: {RoleKinds.Names}");
            configuration.Bind(RoleKinds.Find(kind, $"{path}: {ConfigurationFile.KindKey}"));
            console.Out.WriteLine($"{path}: a valid configuration of a {kind}.");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Schema(CliConsole console)
    {
        Argument<string> kind = KindArgument();
        var command = new Command("schema", "Prints the JSON schema of a configuration.") { kind };
        command.SetAction(parsed =>
        {
            console.Out.WriteLine(OptionsSchema.Of(RoleKinds.Find(parsed.GetRequiredValue(kind))).ToJsonString(RoleJson.Configuration));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Argument<string> KindArgument() => new("KIND") { Description = $"One of: {RoleKinds.Names}." };
}
