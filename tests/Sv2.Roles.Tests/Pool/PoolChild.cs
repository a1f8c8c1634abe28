using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Roles.Ledger;
using Sv2.Roles.Pool;

namespace Sv2.Roles.Tests.Pool;

/// <summary>A pool in a process of its own, to be killed. Says where it listens on its standard output.</summary>
internal static class PoolChild
{
    public static int Run(string folder, string provider) => RunAsync(folder, provider).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(string folder, string provider)
    {
        var options = new PoolOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            TemplateProviders = [provider],
            Network = "regtest",
            Payout = PoolHarness.PayoutAddress,
            // Every hash is a share: the load is on the ledger, not on the test's processor.
            ShareDifficulty = 1e-12,
            AckDelay = TimeSpan.FromMilliseconds(20),
            Ledger = new LedgerOptions { CommitDelay = TimeSpan.FromMilliseconds(2) },
        };
        var events = new RecordedEvents();
        await using var role = new PoolRole(options, new RoleContext
        {
            InstanceName = "pool",
            DataDirectory = folder,
            LoggerFactory = NullLoggerFactory.Instance,
            TimeProvider = TimeProvider.System,
            Events = events,
        });
        await role.StartAsync(CancellationToken.None);
        await events.ExpectAsync(RoleEventTypes.NewTip);
        Console.Out.WriteLine(role.Report().Endpoints[0].ConnectionString);
        Console.Out.Flush();
        await role.Completion;
        return 0;
    }
}
