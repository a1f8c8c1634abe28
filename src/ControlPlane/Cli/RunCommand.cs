using System.CommandLine;
using System.Net;
using Sv2.ControlPlane.Stack;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 run KIND</c>: one role from a configuration file.</summary>
internal static class RunCommand
{
    public static Command Create(CliConsole console)
    {
        var kind = new Argument<string>("KIND") { Description = $"One of: {RoleKinds.Names}." };
        var config = new Option<string>("--config") { Description = "Configuration file (JSON); see 'sv2 config example KIND'.", HelpName = "FILE", Required = true };
        var dataDir = CommonOptions.DataDir();
        var http = CommonOptions.Http(null);
        var serve = new ServeOptions();
        var command = new Command("run", "Runs a single role.") { kind, config, dataDir, http };
        serve.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            console,
            parsed,
            serve,
            RoleKinds.Find(parsed.GetRequiredValue(kind)),
            parsed.GetRequiredValue(config),
            parsed.GetValue(dataDir),
            CommonOptions.ParseHttp(parsed.GetValue(http)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CliConsole console, ParseResult parsed, ServeOptions serve, IRoleKind kind, string file, string? dataDir, IPEndPoint? http, CancellationToken cancellationToken)
    {
        ConfigurationFile configuration = ConfigurationFile.Read(file);
        configuration.CheckKind(kind.Name);
        configuration.Bind(kind);

        TimeProvider time = TimeProvider.System;
        using var stop = new StopSignal(cancellationToken);
        // A role on its own has a folder of its own, so that it can run beside the embedded stack.
        using DataFolder folder = DataFolder.Open(dataDir ?? $"{DataFolder.DefaultPath}-{kind.Name}");
        RunLog log = serve.Log(parsed, console, time);
        using ILoggerFactory loggers = log.CreateFactory();
        await using var host = new InProcessRoleHost(new InProcessRoleHostOptions { DataDirectory = folder.Path }, RoleKinds.All, loggers, time);

        ControlPlaneOptions? options = http is null ? null : serve.ControlPlane(parsed, http, folder, log, time);
        await using ControlPlaneServer? server = options is null ? null : await ControlPlaneServer.StartAsync(options, host, loggers, time, stop.Token);
        RoleStatus status = await host.CreateAsync(new RoleDefinition { Name = kind.Name, Kind = kind.Name, Configuration = configuration.Configuration }, stop.Token);
        if (status is { State: RoleState.Failed, Problems: { Count: > 0 } problems })
            throw new ConfigurationException([.. problems.Select(p => p with { Key = $"{file}: {p.Key}" })]);

        long seen = await host.GetLastEventIdAsync(stop.Token);
        Banner.Write(console, log.Lines, server, options, folder.Path, [status]);
        await Running.UntilStoppedAsync(host, server, options ?? new ControlPlaneOptions(), log.Lines, seen, stop);
        return ExitCodes.Success;
    }
}
