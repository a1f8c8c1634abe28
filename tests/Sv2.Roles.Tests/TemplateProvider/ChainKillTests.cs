using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Protocol;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.TemplateProvider.Support;

namespace Sv2.Roles.Tests.TemplateProvider;

/// <summary>kill -9 of a chain that takes blocks, again and again on the same data folder.</summary>
public sealed class ChainKillTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task No_block_that_was_accepted_is_missing_and_every_start_succeeds()
    {
        int kills = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1" ? 30 : 3;
        var random = new Random(2_009);
        using TemporaryFolder folder = new();
        List<string> accepted = [];
        for (int run = 0; run < kills; run++)
            await RunAndKillAsync(folder.Path, random.Next(5, 60), accepted);

        await using ChainReader chain = await ChainReader.OpenAsync(folder.Path);
        // The last block may have been on disk before its line was out; none may be missing.
        Assert.InRange(chain.Height, accepted.Count, accepted.Count + kills);
        Assert.All(accepted, hash => Assert.NotNull(chain.Node.ReadBlock(U256.FromWireHex(hash))));
    }

    private static async Task RunAndKillAsync(string folder, int blocks, List<string> accepted)
    {
        using Process child = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(Program).Assembly.Location, "chain-child", folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            string? first = await child.StandardOutput.ReadLineAsync(patience.Token);
            Assert.True(first is not null, first is null ? await child.StandardError.ReadToEndAsync(patience.Token) : "");
            Assert.InRange(int.Parse(first!, CultureInfo.InvariantCulture), accepted.Count, int.MaxValue);
            for (int i = 0; i < blocks; i++)
                accepted.Add(await child.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("the child has ended by itself"));
        }
        finally
        {
            child.Kill();
        }

        // What was written before the end counts as well.
        while (await child.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Length == 2 * U256.Size)
                accepted.Add(line);
        }

        await child.WaitForExitAsync(patience.Token);
    }

    /// <summary>The chain opened by this process, after all others are gone.</summary>
    private sealed class ChainReader(EmbeddedNode node) : IAsyncDisposable
    {
        public EmbeddedNode Node => node;

        public int Height => node.CurrentView()!.Height - 1;

        public static async Task<ChainReader> OpenAsync(string folder)
        {
            var node = new EmbeddedNode(ChainFixture.Easy(initial: 10), folder, TimeProvider.System, NullLoggerFactory.Instance);
            await node.StartAsync(new Deaf(), CancellationToken.None);
            return new ChainReader(node);
        }

        public ValueTask DisposeAsync() => node.DisposeAsync();

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
}
