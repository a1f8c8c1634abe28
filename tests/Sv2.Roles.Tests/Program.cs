using Sv2.Roles.Tests.Ledger;

namespace Sv2.Roles.Tests;

/// <summary>
/// The test assembly started as a process of its own, for tests that kill one. The test runner does not come this way.
/// </summary>
internal static class Program
{
    private static int Main(string[] args) => args switch
    {
        ["ledger-child", string path, string workers] => LedgerChild.Run(path, int.Parse(workers)),
        _ => 2,
    };
}
