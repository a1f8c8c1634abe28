using System.CommandLine;
using System.Globalization;
using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.Roles;
using Sv2.Transport;
using Sv2.Transport.Probe;
using Sv2.Transport.Setup;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 doctor</c>: why a connection works or does not, step by step.</summary>
internal static class DoctorCommand
{
    private const int NameWidth = 18;

    public static Command Create(CliConsole console)
    {
        var url = new Argument<string>("URL") { Description = "Connection string: stratum2+tcp://host:port/authority-key." };
        var protocol = new Option<string>("--protocol") { Description = "What the server should serve: mining, job-declaration or template-distribution.", HelpName = "PROTOCOL", DefaultValueFactory = _ => "mining" };
        var noKey = new Option<bool>("--allow-no-key") { Description = "Go on without an authority key, so with nobody to vouch for the server." };
        var command = new Command("doctor", "Connects to a server and explains what works and what does not. Exit code 1 if a step fails.") { url, protocol, noKey };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            console,
            ParseServer(parsed.GetRequiredValue(url)),
            ParseProtocol(parsed.GetRequiredValue(protocol)),
            parsed.GetValue(noKey),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CliConsole console, ConnectionString server, Subprotocol protocol, bool allowsNoKey, CancellationToken cancellationToken)
    {
        var setup = new ClientSetup { Protocol = protocol, Vendor = "Sv2 for .NET", HardwareVersion = "doctor", Firmware = ControlPlaneOptions.ProgramVersion };
        var options = new ConnectorOptions { WithoutKey = allowsNoKey ? KeylessPolicy.EncryptWithoutAuthentication : KeylessPolicy.Refuse };
        ProbeReport report = await ConnectionProbe.RunAsync(server, setup, options, onStep: step => Print(console, step), cancellation: cancellationToken);
        if (report.Session is { } session)
            await session.Connection.DisposeAsync();
        console.Out.WriteLine(report.Succeeded ? "The server can be used." : "The server cannot be used: see the step that failed.");
        return report.Succeeded ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static void Print(CliConsole console, ProbeStep step)
    {
        string mark = step.Outcome switch
        {
            ProbeOutcome.Passed => "ok",
            ProbeOutcome.Warning => "warning",
            ProbeOutcome.Failed => "failed",
            _ => "-",
        };
        string time = step.Elapsed.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
        console.Out.WriteLine($"{mark,-8} {step.Name.PadRight(NameWidth)} {time,8} ms  {step.Finding}");
        if (step.Advice is { } advice)
            console.Out.WriteLine($"{"",-8} {"".PadRight(NameWidth)} {"",8}     {advice}");
    }

    private static ConnectionString ParseServer(string text) =>
        ConnectionString.TryParse(text, out ConnectionString? server, out string? error)
            ? server
            : throw new ConfigurationException("URL", error, "copy the whole connection string, as the pool shows it");

    private static Subprotocol ParseProtocol(string text) => text switch
    {
        "mining" => Subprotocol.Mining,
        "job-declaration" => Subprotocol.JobDeclaration,
        "template-distribution" => Subprotocol.TemplateDistribution,
        _ => throw new ConfigurationException("--protocol", $"'{text}' is not a protocol", "give mining, job-declaration or template-distribution"),
    };
}
