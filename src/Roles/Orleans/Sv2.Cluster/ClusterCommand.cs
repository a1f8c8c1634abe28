using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.Cluster;

/// <summary>The command line of a silo.</summary>
internal static class ClusterCommand
{
    private const int ConfigurationExitCode = 2;

    public static RootCommand Create()
    {
        var name = new Option<string>("--name") { Description = "Name of this silo, unique in the cluster.", DefaultValueFactory = _ => "silo-1" };
        var dataDir = new Option<string?>("--data-dir") { Description = "Folder of keys, ledgers and chains, shared by the silos that are to take over roles from one another. Default: the user's local application data folder with /sv2-cluster.", HelpName = "DIR" };
        var address = new Option<string>("--address") { Description = "Address that the other silos reach this one at.", DefaultValueFactory = _ => "127.0.0.1" };
        var port = new Option<int>("--port") { Description = "Port for the other silos; 0 takes any free one.", DefaultValueFactory = _ => 0 };
        var cluster = new Option<string>("--cluster") { Description = "Name of the cluster.", DefaultValueFactory = _ => "sv2" };
        var http = new Option<string?>("--http") { Description = "Serve REST API and web pages there; port 0 takes any free one. Default: not at all.", HelpName = "ADDRESS:PORT" };
        var postgres = new Option<string?>("--postgres") { Description = "Connection string of the PostgreSQL database that the silos share (or SV2_CLUSTER_POSTGRES, which does not show in process lists). Default: a SQLite file in the data folder, for silos of one machine.", HelpName = "CONNECTION" };
        var dashboard = new Option<bool>("--dashboard") { Description = "Collect figures of grains and silos, and show them to administrators at /orleans beside the pages (the Orleans Dashboard). Give it to every silo." };
        var lease = new Option<double>("--lease") { Description = "Seconds after which the roles of a silo that is not heard of run elsewhere.", DefaultValueFactory = _ => 15 };
        var command = new RootCommand("One silo of a Stratum V2 cluster: runs the roles that the cluster gives it.") { name, dataDir, address, port, cluster, http, postgres, dashboard, lease };
        command.SetAction((parsed, cancellation) => RunAsync(
            () => new SiloSettings
            {
                Name = parsed.GetRequiredValue(name),
                DataDirectory = Path.GetFullPath(parsed.GetValue(dataDir) ?? $"{DataFolder.DefaultPath}-cluster"),
                Address = ParseAddress(parsed.GetRequiredValue(address)),
                SiloPort = parsed.GetValue(port) is var wanted and not 0 ? wanted : FreePort(),
                ClusterId = parsed.GetRequiredValue(cluster),
                Http = ParseHttp(parsed.GetValue(http)),
                Postgres = parsed.GetValue(postgres) ?? Environment.GetEnvironmentVariable("SV2_CLUSTER_POSTGRES"),
                Dashboard = parsed.GetValue(dashboard),
                Times = Times(parsed.GetValue(lease)),
            },
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Func<SiloSettings> read, CancellationToken cancellation)
    {
        try
        {
            await SiloProgram.RunAsync(read(), Console.Out, cancellation);
            return 0;
        }
        catch (ConfigurationException e)
        {
            foreach (ConfigurationProblem problem in e.Problems) await Console.Error.WriteLineAsync(problem.ToString());
            return ConfigurationExitCode;
        }
    }

    private static Roles.Orleans.ClusterOptions Times(double leaseSeconds)
    {
        if (leaseSeconds is not (>= 8 and <= 600))
            throw new ConfigurationException("--lease", $"{leaseSeconds} is outside the limits", "choose 8 to 600 seconds");
        return new Roles.Orleans.ClusterOptions
        {
            Lease = TimeSpan.FromSeconds(leaseSeconds),
            FenceAfter = TimeSpan.FromSeconds(Math.Max(3, (leaseSeconds * 0.6) - 1)),
        };
    }

    private static IPAddress ParseAddress(string text) => IPAddress.TryParse(text, out IPAddress? address)
        ? address
        : throw new ConfigurationException("--address", $"'{text}' is not an IP address", "write it like 192.0.2.1");

    private static IPEndPoint? ParseHttp(string? text) => text is null ? null
        : EndPointJsonConverter.TryParse(text, out IPEndPoint? endPoint) ? endPoint
        : throw new ConfigurationException("--http", $"'{text}' is not an address and port", "write it like 127.0.0.1:8080");

    /// <summary>A port that was free a moment ago: silos tell one another the port before they listen on it.</summary>
    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
