using Sv2.Roles.Tests.Ledger;
using Sv2.Roles.Tests.Pool;

namespace Sv2.Roles.Tests;

/// <summary>
/// The test assembly started as a process of its own, for tests that kill one. The test runner does not come this way.
/// </summary>
internal static class Program
{
    private static int Main(string[] args) => args switch
    {
        ["ledger-child", string path, string workers] => LedgerChild.Run(path, int.Parse(workers)),
        ["pool-child", string folder, string provider] => PoolChild.Run(folder, provider),
        _ => 2,
    };
}
