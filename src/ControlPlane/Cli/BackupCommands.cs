using System.CommandLine;
using Sv2.ControlPlane.Stack;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 backup</c> and <c>sv2 restore</c>.</summary>
internal static class BackupCommands
{
    public static Command CreateBackup(CliConsole console)
    {
        Option<string?> dataDir = CommonOptions.DataDir();
        var file = new Argument<string>("FILE") { Description = "The archive to be made, such as sv2.tar.gz. It holds keys: keep it safe." };
        var command = new Command("backup", "Writes the data folder into an archive, also while the program runs.") { file, dataDir };
        command.SetAction(parsed =>
        {
            BackupSummary summary = DataBackup.Create(parsed.GetValue(dataDir) ?? DataFolder.DefaultPath, parsed.GetRequiredValue(file));
            console.Out.WriteLine($"Wrote {Path.GetFullPath(parsed.GetRequiredValue(file))}: {summary.Files} files, {summary.Bytes} bytes before compression. It holds keys: keep it safe.");
            return ExitCodes.Success;
        });
        return command;
    }

    public static Command CreateRestore(CliConsole console)
    {
        Option<string?> dataDir = CommonOptions.DataDir();
        var file = new Argument<string>("FILE") { Description = "An archive that 'sv2 backup' made." };
        var command = new Command("restore", "Brings a data folder back from an archive, into a folder that is not there or empty.") { file, dataDir };
        command.SetAction(parsed =>
        {
            string folder = Path.GetFullPath(parsed.GetValue(dataDir) ?? DataFolder.DefaultPath);
            BackupSummary summary = DataBackup.Restore(parsed.GetRequiredValue(file), folder);
            console.Out.WriteLine($"Restored {summary.Files} files into {folder}.");
            return ExitCodes.Success;
        });
        return command;
    }
}
