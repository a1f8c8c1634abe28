using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Roles;
using Sv2.Roles.Pool;

namespace Sv2.Load;

/// <summary>
/// The pool under test, with everything real: encryption, sockets, ledger on disk. Only its shares are cheap. Reads
/// "tip" from its input, and stops at the input's end.
/// </summary>
internal static class PoolServer
{
    public static async Task<int> RunAsync(TextReader input, TextWriter output)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("sv2-load-");
        try
        {
            await using var templates = new ScriptedTemplates();
            await templates.StartAsync();
            var events = new FirstTip();
            await using var pool = new PoolRole(Options(templates.ConnectionString), new RoleContext
            {
                InstanceName = "pool",
                DataDirectory = folder.FullName,
                LoggerFactory = NullLoggerFactory.Instance,
                TimeProvider = TimeProvider.System,
                Events = events,
            });
            await pool.StartAsync(CancellationToken.None);
            await events.Arrived;
            output.WriteLine(pool.Report().Endpoints[0].ConnectionString);
            output.Flush();
            while (await input.ReadLineAsync() is { } line)
            {
                if (line == "tip") templates.MoveTip();
            }

            await pool.StopAsync(CancellationToken.None);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>How it is set up, with a template provider's connection string.</summary>
    public static PoolOptions Options(string templates) => new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        TemplateProviders = [templates],
        Network = "regtest",
        Payout = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
        PoolSignature = "/sv2/",
        // Every hash is a share.
        ShareDifficulty = 1e-12,
    };

    private sealed class FirstTip : IRoleEvents
    {
        private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Arrived => _arrived.Task;

        public void Publish(string type, RoleEventSeverity severity, string message, object? data = null)
        {
            if (type == RoleEventTypes.NewTip) _arrived.TrySetResult();
        }
    }
}
