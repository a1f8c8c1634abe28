using System.CommandLine;
using System.Globalization;
using Sv2.ControlPlane.History;
using Sv2.ControlPlane.Security;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 link</c> and <c>sv2 token</c>: access for who may read the data folder, whether the program runs or not.</summary>
internal static class AccessCommands
{
    public static Command CreateLink(CliConsole console)
    {
        Option<string?> dataDir = CommonOptions.DataDir();
        var url = new Option<string?>("--url") { Description = "Where browsers reach the pages. Default: where the program that runs on the data folder serves them.", HelpName = "URL" };
        var command = new Command("link", "Prints a link that signs a browser in, once.") { dataDir, url };
        command.SetAction(parsed =>
        {
            string folder = Folder(parsed.GetValue(dataDir));
            Uri server = parsed.GetValue(url) is { } given ? Parse(given) : Running(folder, console);
            using SqliteFile file = ControlStore.Open(folder);
            string code = new SignInCodes(file, TimeProvider.System).Create();
            new AuditLog(file, TimeProvider.System).Write("", "command-line", "", "createSignInLink", "", 200);
            console.Out.WriteLine(new Uri(server, $"signin?code={code}"));
            return ExitCodes.Success;
        });
        return command;
    }

    public static Command CreateToken(CliConsole console)
    {
        Option<string?> dataDir = CommonOptions.DataDir();
        var name = new Option<string>("--name") { Description = "What it is for.", HelpName = "NAME", DefaultValueFactory = _ => "command line" };
        var scope = new Option<string>("--scope") { Description = "read, operate or admin.", HelpName = "SCOPE", DefaultValueFactory = _ => "read" };
        var days = new Option<double?>("--days") { Description = "After how many days it ends. Default: never.", HelpName = "DAYS" };
        var create = new Command("create", "Makes a token, and prints it this once.") { dataDir, name, scope, days };
        create.SetAction(parsed =>
        {
            Scope wanted = ScopeText.Parse(parsed.GetRequiredValue(scope));
            if (wanted == Scope.None)
                throw new ConfigurationException("--scope", $"'{parsed.GetValue(scope)}' is not a scope", "give read, operate or admin");
            if (parsed.GetValue(days) is { } life and not (>= 1 and <= 3650))
                throw new ConfigurationException("--days", $"{life.ToString(CultureInfo.InvariantCulture)} is outside the limits", "give 1 to 3650");
            using SqliteFile file = ControlStore.Open(Folder(parsed.GetValue(dataDir)));
            (AccessToken token, string secret) = new AccessTokens(file, TimeProvider.System).Create(
                parsed.GetRequiredValue(name), wanted, parsed.GetValue(days) is { } d ? TimeProvider.System.GetUtcNow().AddDays(d) : null);
            new AuditLog(file, TimeProvider.System).Write("", "command-line", "", "createToken", token.Name, 201, $"scope {ScopeText.Of(wanted)}, id {token.Id}");
            console.Out.WriteLine(secret);
            return ExitCodes.Success;
        });
        return new Command("token", "Makes access tokens.") { create };
    }

    private static Uri Parse(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? server) && server.Scheme is ("http" or "https")
            ? server
            : throw new ConfigurationException("--url", $"'{url}' is not a web address", $"write it like http://{ControlPlaneOptions.DefaultHttp}");

    private static Uri Running(string folder, CliConsole console)
    {
        if (ServerAddress.Read(folder) is { } found)
            return found;
        console.Error.WriteLine("sv2: nothing runs on this folder now: the link is for the default address, and works once 'sv2 up' runs there.");
        return new Uri($"http://{ControlPlaneOptions.DefaultHttp}");
    }

    /// <summary>The running program may hold the folder: its database takes several users.</summary>
    private static string Folder(string? dataDir)
    {
        string folder = Path.GetFullPath(dataDir ?? DataFolder.DefaultPath);
        return Directory.Exists(folder)
            ? folder
            : throw new ConfigurationException("--data-dir", $"{folder} does not exist", "give the folder that 'sv2 up' printed");
    }
}
