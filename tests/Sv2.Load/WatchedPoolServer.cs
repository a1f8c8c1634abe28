using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.ControlPlane;
using Sv2.Roles;
using Sv2.Roles.Hosting;
using Sv2.Roles.Pool;

namespace Sv2.Load;

/// <summary>
/// The pool under test as users run it: in a host with a control plane, in one process. Reads "tip" from its input, answers
/// "events" with where the control plane serves and a token for it, and stops at the input's end.
/// </summary>
internal static class WatchedPoolServer
{
    public static async Task<int> RunAsync(TextReader input, TextWriter output)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("sv2-load-");
        try
        {
            await using var templates = new ScriptedTemplates();
            await templates.StartAsync();
            await using var host = new InProcessRoleHost(new InProcessRoleHostOptions { DataDirectory = folder.FullName }, [new PoolKind()], NullLoggerFactory.Instance, TimeProvider.System);
            var options = new ControlPlaneOptions { Http = new IPEndPoint(IPAddress.Loopback, 0), DataDirectory = folder.FullName, StartedAt = TimeProvider.System.GetUtcNow() };
            await using ControlPlaneServer server = await ControlPlaneServer.StartAsync(options, host, NullLoggerFactory.Instance, TimeProvider.System);
            await host.CreateAsync(new RoleDefinition { Name = "pool", Kind = "pool", Configuration = Configuration(templates.ConnectionString) });
            await FirstTipAsync(host);
            output.WriteLine((await host.GetAsync("pool")).Report!.Endpoints[0].ConnectionString);
            output.Flush();
            while (await input.ReadLineAsync() is { } line)
            {
                if (line == "tip") templates.MoveTip();
                if (line != "events") continue;
                output.WriteLine($"{server.Url} {server.FirstToken}");
                output.Flush();
            }

            await host.StopAllAsync();
            await server.StopAsync(CancellationToken.None);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static JsonObject Configuration(string templates) =>
        (JsonObject)JsonSerializer.SerializeToNode(PoolServer.Options(templates), RoleJson.Configuration)!;

    private static async Task FirstTipAsync(InProcessRoleHost host)
    {
        await foreach (RoleEvent e in host.SubscribeAsync(0, CancellationToken.None))
        {
            if (e.Type == RoleEventTypes.NewTip) return;
        }
    }
}
