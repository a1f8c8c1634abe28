using System.CommandLine;
using System.Net;
using Sv2.ControlPlane.Stack;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 up</c>: the embedded stack with its control plane.</summary>
internal static class UpCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new Command("up", "Runs the embedded stack: template provider, pool and mining device, with REST API and web page.");
        AddTo(command, console);
        return command;
    }

    /// <summary>Adds options and action to a command: the verb, and the root, which stands for it.</summary>
    public static void AddTo(Command command, CliConsole console)
    {
        var dataDir = CommonOptions.DataDir();
        var http = CommonOptions.Http(ControlPlaneOptions.DefaultHttp.ToString());
        var set = new Option<string[]>("--set")
        {
            Description = "Sets a key of a role: instance.key=value. Repeatable. Stored in the data folder.",
            HelpName = "INSTANCE.KEY=VALUE",
            Arity = ArgumentArity.OneOrMore,
        };
        var serve = new ServeOptions();
        command.Options.Add(dataDir);
        command.Options.Add(http);
        command.Options.Add(set);
        serve.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            console,
            parsed,
            serve,
            parsed.GetValue(dataDir) ?? DataFolder.DefaultPath,
            CommonOptions.ParseHttp(parsed.GetValue(http)) ?? ControlPlaneOptions.DefaultHttp,
            [.. (parsed.GetValue(set) ?? []).Select(StackSetting.Parse)],
            cancellationToken));
    }

    private static async Task<int> RunAsync(
        CliConsole console, ParseResult parsed, ServeOptions serve, string dataDir, IPEndPoint http, IReadOnlyList<StackSetting> settings, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        RunLog log = serve.Log(parsed, console, time);
        using var stop = new StopSignal(cancellationToken);
        using DataFolder folder = DataFolder.Open(dataDir);
        using ILoggerFactory loggers = log.CreateFactory();
        await using var host = new InProcessRoleHost(new InProcessRoleHostOptions { DataDirectory = folder.Path }, RoleKinds.All, loggers, time);
        host.Load();

        // First the web address: if it is taken, nothing has started yet that would have to be stopped.
        var startUp = new StartUp();
        ControlPlaneOptions options = serve.ControlPlane(parsed, http, folder, log, time) with { StartUp = startUp };
        await using ControlPlaneServer server = await ControlPlaneServer.StartAsync(options, host, loggers, time, stop.Token);
        await new EmbeddedStack(host, folder.Path).StartAsync(settings, stop.Token);
        foreach (StackSetting setting in settings)
            server.Audit("setKey", setting.Instance, $"changes {setting.Key}");

        // The banner tells what has happened up to here.
        long seen = await host.GetLastEventIdAsync(stop.Token);
        Banner.Write(console, log.Lines, server, options, folder.Path, await host.ListAsync(stop.Token));
        startUp.Complete();
        await Running.UntilStoppedAsync(host, server, options, log.Lines, seen, stop);
        return ExitCodes.Success;
    }
}
