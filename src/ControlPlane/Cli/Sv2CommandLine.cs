using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Sv2.Roles;

namespace Sv2.ControlPlane.Cli;

/// <summary>The <c>sv2</c> command line: its verbs, and how its errors read.</summary>
public static class Sv2CommandLine
{
    /// <summary>Runs the command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="console">Where it reads and writes.</param>
    /// <param name="cancellationToken">Stops what runs, as Ctrl-C does.</param>
    /// <returns>The exit code, see <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, CliConsole console, CancellationToken cancellationToken = default)
    {
        ParseResult parsed = Build(console).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
                console.Error.WriteLine($"sv2: {error.Message}");
            console.Error.WriteLine($"Try 'sv2 {CommandPath(parsed)}--help'.");
            return ExitCodes.Usage;
        }

        try
        {
            // We handle signals, because roles are stopped in order.
            var configuration = new InvocationConfiguration { Output = console.Out, Error = console.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (ConfigurationException e)
        {
            foreach (ConfigurationProblem problem in e.Problems)
                console.Error.WriteLine($"sv2: {problem}");
            return ExitCodes.Usage;
        }
        catch (RoleException e)
        {
            console.Error.WriteLine($"sv2: {e.Message} {e.Fix}".TrimEnd());
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }
        catch (Exception e)
        {
            console.Error.WriteLine($"sv2: an unexpected fault; please report it with this trace:\n{e}");
            return ExitCodes.Fault;
        }
    }

    /// <summary>The whole of it: verbs, options, help.</summary>
    internal static RootCommand Build(CliConsole console)
    {
        var root = new RootCommand("Runs and inspects a Stratum V2 stack. Without a verb: 'up'.");
        UpCommand.AddTo(root, console);
        root.Subcommands.Add(UpCommand.Create(console));
        root.Subcommands.Add(RunCommand.Create(console));
        root.Subcommands.Add(ConfigCommand.Create(console));
        root.Subcommands.Add(KeygenCommand.Create(console));
        root.Subcommands.Add(FrameCommands.CreateDecode(console));
        root.Subcommands.Add(FrameCommands.CreateEncode(console));
        root.Subcommands.Add(SpecCommand.Create(console));
        root.Subcommands.Add(DoctorCommand.Create(console));
        root.Subcommands.Add(AccessCommands.CreateLink(console));
        root.Subcommands.Add(AccessCommands.CreateToken(console));
        root.Subcommands.Add(BackupCommands.CreateBackup(console));
        root.Subcommands.Add(BackupCommands.CreateRestore(console));
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
                option.Action = new HelpWithExamples(help);
            if (option is VersionOption)
                option.Action = new ShowVersion();
        }

        return root;
    }

    private static string CommandPath(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"sv2 {ControlPlaneOptions.ProgramVersion}");
            return ExitCodes.Success;
        }
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        // Who asks for help need not have given what is required.
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            Command command = parseResult.CommandResult.Command;
            string[] examples = Examples.Of(command is RootCommand ? "" : command.Name);
            if (examples.Length == 0)
                return code;
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
            return code;
        }
    }
}
