using Sv2.ControlPlane.Cli;

return await Sv2CommandLine.RunAsync(args, CliConsole.System);
