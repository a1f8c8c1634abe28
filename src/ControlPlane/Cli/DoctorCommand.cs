using System.CommandLine;
using System.Globalization;
using System.Text;
using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.WorkerHashrateTracking;
using Sv2.Protocol.Mining;
using Sv2.Roles;
using Sv2.Roles.Probe;
using Sv2.Transport;
using Sv2.Transport.Probe;
using Sv2.Transport.Setup;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 doctor</c>: why a connection works or does not, step by step.</summary>
internal static class DoctorCommand
{
    private const int NameWidth = 18;
    private const int UserIdentityBytesMax = 255;
    private const int WaitSecondsMax = 600;

    public static Command Create(CliConsole console)
    {
        var url = new Argument<string>("URL") { Description = "Connection string: stratum2+tcp://host:port/authority-key." };
        var protocol = new Option<string>("--protocol") { Description = "What the server should serve: mining, job-declaration or template-distribution.", HelpName = "PROTOCOL", DefaultValueFactory = _ => "mining" };
        var channel = new Option<string>("--channel") { Description = "The kind of channel to open on a mining server: extended or standard.", HelpName = "KIND", DefaultValueFactory = _ => "extended" };
        var user = new Option<string>("--user") { Description = "For whom: the user identity that the pool wants, on a solo pool an address.", HelpName = "IDENTITY", DefaultValueFactory = _ => new ServiceProbeOptions().UserIdentity };
        var extensions = new Option<string?>("--extensions") { Description = "Extensions to negotiate, separated by commas; none for no negotiation. Default: 0x0002 on a mining server, otherwise none.", HelpName = "NUMBERS" };
        var wait = new Option<int>("--wait") { Description = "Seconds to wait for a channel, and for its first job.", HelpName = "SECONDS", DefaultValueFactory = _ => (int)new ServiceProbeOptions().Patience.TotalSeconds };
        var noKey = new Option<bool>("--allow-no-key") { Description = "Go on without an authority key, so with nobody to vouch for the server." };
        var command = new Command("doctor", "Connects to a server as a client does, up to the first job, and explains what works and what does not. Exit code 1 if a step fails.")
        {
            url, protocol, channel, user, extensions, wait, noKey,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            Subprotocol subprotocol = ParseProtocol(parsed.GetRequiredValue(protocol));
            var service = new ServiceProbeOptions
            {
                UserIdentity = ParseUser(parsed.GetRequiredValue(user)),
                StandardChannel = ParseChannel(parsed.GetRequiredValue(channel)),
                Patience = ParseWait(parsed.GetRequiredValue(wait)),
            };
            ClientSetup setup = Setup(subprotocol, service, ParseExtensions(parsed.GetValue(extensions), subprotocol));
            return RunAsync(console, ParseServer(parsed.GetRequiredValue(url)), setup, service, parsed.GetValue(noKey), cancellationToken);
        });
        return command;
    }

    private static ClientSetup Setup(Subprotocol protocol, ServiceProbeOptions service, ushort[] extensions) => new()
    {
        Protocol = protocol,
        Flags = protocol == Subprotocol.Mining && service.StandardChannel ? (uint)MiningSetupFlags.RequiresStandardJobs : 0,
        Vendor = "Sv2 for .NET",
        HardwareVersion = "doctor",
        Firmware = ControlPlaneOptions.ProgramVersion,
        RequestedExtensions = extensions,
    };

    private static async Task<int> RunAsync(
        CliConsole console, ConnectionString server, ClientSetup setup, ServiceProbeOptions service, bool allowsNoKey, CancellationToken cancellationToken)
    {
        var options = new ConnectorOptions { WithoutKey = allowsNoKey ? KeylessPolicy.EncryptWithoutAuthentication : KeylessPolicy.Refuse };
        ProbeReport report = await ConnectionProbe.RunAsync(server, setup, options, onStep: Print, cancellation: cancellationToken);
        bool succeeded = report.Succeeded;
        if (report.Session is not null)
        {
            await using Sv2Session session = report.Session;
            IReadOnlyList<ProbeStep> steps = await ServiceProbe.RunAsync(session, service, onStep: Print, cancellation: cancellationToken);
            succeeded = steps.All(static step => step.Outcome != ProbeOutcome.Failed);
        }

        console.Out.WriteLine(succeeded ? "The server can be used." : "The server cannot be used: see the step that failed.");
        return succeeded ? ExitCodes.Success : ExitCodes.Failure;

        void Print(ProbeStep step) => DoctorCommand.Print(console, step);
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

    private static bool ParseChannel(string text) => text switch
    {
        "standard" => true,
        "extended" => false,
        _ => throw new ConfigurationException("--channel", $"'{text}' is not a kind of channel", "give extended or standard"),
    };

    private static string ParseUser(string text) => Encoding.UTF8.GetByteCount(text) <= UserIdentityBytesMax
        ? text
        : throw new ConfigurationException("--user", $"{Encoding.UTF8.GetByteCount(text)} bytes exceed {UserIdentityBytesMax}", "give a shorter one");

    private static TimeSpan ParseWait(int seconds) => seconds is >= 1 and <= WaitSecondsMax
        ? TimeSpan.FromSeconds(seconds)
        : throw new ConfigurationException("--wait", $"{seconds} is not from 1 to {WaitSecondsMax}", "give a number of seconds");

    private static ushort[] ParseExtensions(string? text, Subprotocol protocol)
    {
        if (text is null)
            return protocol == Subprotocol.Mining ? [UserIdentityTlv.Info.ExtensionType] : [];
        return text == "none" ? [] : [.. text.Split(',', StringSplitOptions.TrimEntries).Select(ParseExtension)];
    }

    private static ushort ParseExtension(string text)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return ushort.TryParse(isHex ? text[2..] : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number is > 1 and < 0x8000
            ? number
            : throw new ConfigurationException("--extensions", $"'{text}' is not the number of an extension", "give numbers from 0x0002 to 0x7fff, such as 0x0002");
    }

    private static Subprotocol ParseProtocol(string text) => text switch
    {
        "mining" => Subprotocol.Mining,
        "job-declaration" => Subprotocol.JobDeclaration,
        "template-distribution" => Subprotocol.TemplateDistribution,
        _ => throw new ConfigurationException("--protocol", $"'{text}' is not a protocol", "give mining, job-declaration or template-distribution"),
    };
}
