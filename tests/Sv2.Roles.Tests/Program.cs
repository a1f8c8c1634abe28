using Sv2.Roles.Tests.Ledger;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Tests.TemplateProvider;

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
        ["chain-child", string folder] => ChainChild.Run(folder),
        _ => 2,
    };
}
