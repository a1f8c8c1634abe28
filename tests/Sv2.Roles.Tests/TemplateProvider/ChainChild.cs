using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.TemplateProvider.Support;

namespace Sv2.Roles.Tests.TemplateProvider;

/// <summary>
/// An embedded chain in a process of its own that mines on and on, to be killed. Says on its standard output the height it
/// begins at, then the hash of every block, each only after the chain has accepted it.
/// </summary>
internal static class ChainChild
{
    public static int Run(string folder) => RunAsync(folder).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(string folder)
    {
        await using var node = new EmbeddedNode(ChainFixture.Easy(initial: 10), folder, TimeProvider.System, NullLoggerFactory.Instance);
        await node.StartAsync(new Deaf(), CancellationToken.None);
        Console.Out.WriteLine(node.CurrentView()!.Height - 1);
        while (true)
        {
            NodeView view = node.CurrentView()!;
            BlockParts parts = new(
                (uint)view.Height, (ulong)view.Subsidy, view.TipHash, Math.Max(view.MinTime, (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()), view.NBits, [], 1);
            if (node.SubmitBlock(parts.Solve()) != BlockVerdict.Accepted)
                return 1;
            Console.Out.WriteLine(node.CurrentView()!.TipHash.ToString());
            Console.Out.Flush();
        }
    }

    private sealed class Deaf : INodeObserver
    {
        public void OnTipChanged()
        {
        }

        public void OnNodeChanged()
        {
        }
    }
}
