using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.ControlPlane.Stack;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.Native.Tests;

/// <summary>The example miner against the embedded stack's template provider and pool, which check every share and block.</summary>
public sealed class MinerTests
{
    private static readonly string[] Sources = [Path.Combine(NativeLibrary.Examples, "miner.c"), Path.Combine(NativeLibrary.Examples, "socket.c")];

    // A generous end for slow machines; reached only when something is wrong.
    private const string GiveUpSeconds = "120";

    [NativeFact]
    public async Task Miner_mines_shares_and_a_block_on_a_standard_channel()
    {
        await using Stack stack = await Stack.StartAsync(hashesPerBlock: 500_000);
        CProgram miner = await CProgram.CompileAsync(CProgram.C11, Sources);

        CProgram.Outcome outcome = (await miner.RunAsync("-r", "200000", "-u", "firmware.c", "-s", "3", "-b", "1", "-t", GiveUpSeconds, stack.Pool)).Succeeded();

        Assert.Contains("block found", outcome.Output, StringComparison.Ordinal);
        await stack.WaitForBlockAsync("firmware.c", outcome.Output);
    }

    [NativeFact("clang")]
    public async Task Miner_mines_on_an_extended_channel_when_clang_built_it()
    {
        await using Stack stack = await Stack.StartAsync(hashesPerBlock: 100_000_000);
        CProgram miner = await CProgram.CompileAsync(["clang", "-std=c11"], Sources);

        (await miner.RunAsync("-e", "-r", "100000", "-s", "3", "-t", GiveUpSeconds, stack.Pool)).Succeeded();
    }

    [NativeFact("g++")]
    public async Task Miner_mines_as_a_program_in_cpp()
    {
        await using Stack stack = await Stack.StartAsync(hashesPerBlock: 100_000_000);
        CProgram miner = await CProgram.CompileAsync(["g++", "-std=c++17", "-x", "c++"], Sources);

        (await miner.RunAsync("-r", "100000", "-s", "2", "-t", GiveUpSeconds, stack.Pool)).Succeeded();
    }

    [NativeFact]
    public async Task Miner_is_clean_under_address_and_undefined_behaviour_sanitizers()
    {
        await using Stack stack = await Stack.StartAsync(hashesPerBlock: 500_000);
        CProgram miner = await CProgram.CompileAsync([.. CProgram.C11, "-fsanitize=address,undefined", "-fno-sanitize-recover=all"], Sources);
        // What the library and what it loads keep until the process ends is theirs; all of the C side's is looked at.
        string suppressions = NativeLibrary.Keep("suppressions", "leak:libsv2.so\nleak:libsecp256k1.so\nleak:libsodium.so\nleak:libcrypto.so\nleak:libssl.so\n");

        (await CProgram.RunAsync(miner.File, ["-e", "-r", "100000", "-s", "3", "-b", "1", "-t", GiveUpSeconds, stack.Pool], [("LSAN_OPTIONS", $"suppressions={suppressions}")])).Succeeded();
    }

    [NativeFact("valgrind")]
    public async Task Miner_is_clean_under_valgrind()
    {
        await using Stack stack = await Stack.StartAsync(hashesPerBlock: 20_000);
        CProgram miner = await CProgram.CompileAsync(CProgram.C11, Sources);

        (await CProgram.RunAsync("valgrind", ["-q", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite", miner.File, "-n", "1024", "-r", "5000", "-s", "2", "-b", "1", "-t", GiveUpSeconds, stack.Pool])).Succeeded();
    }

    [NativeFact]
    public async Task Wrong_authority_key_ends_the_connection_with_a_reason()
    {
        await using Stack stack = await Stack.StartAsync(hashesPerBlock: 100_000_000);
        CProgram miner = await CProgram.CompileAsync(CProgram.C11, Sources);
        string impostor = stack.Pool[..(stack.Pool.LastIndexOf('/') + 1)] + "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh";

        CProgram.Outcome outcome = await miner.RunAsync("-s", "1", "-c", "1", "-t", GiveUpSeconds, impostor);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("not signed by the authority", outcome.Output, StringComparison.Ordinal);
    }

    /// <summary>Template provider and pool, without the embedded device, so that only the miner under test finds blocks.</summary>
    private sealed class Stack : IAsyncDisposable
    {
        private readonly InProcessRoleHost _host;
        private readonly string _folder;

        private Stack(InProcessRoleHost host, string folder)
        {
            _host = host;
            _folder = folder;
        }

        public string Pool { get; private set; } = "";

        public static async Task<Stack> StartAsync(int hashesPerBlock)
        {
            string folder = Directory.CreateTempSubdirectory("sv2-native-stack-").FullName;
            InProcessRoleHost host = new(new InProcessRoleHostOptions { DataDirectory = folder }, RoleKinds.All, NullLoggerFactory.Instance, TimeProvider.System);
            host.Load();
            Stack stack = new(host, folder);
            await new EmbeddedStack(host, folder, Blueprint(hashesPerBlock)).StartAsync([], CancellationToken.None);
            stack.Pool = (await host.GetAsync("pool")).Report!.Endpoints.Select(endpoint => endpoint.ConnectionString).First(text => text is not null)!;
            return stack;
        }

        /// <summary>Waits until the pool knows that a worker's block was accepted.</summary>
        public async Task WaitForBlockAsync(string worker, string output)
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
            using PeriodicTimer pause = new(TimeSpan.FromMilliseconds(50));
            while (!(await _host.ListBlocksAsync(new ListQuery(), limit.Token)).Items.Any(block => block.State == BlockState.Accepted && block.Worker == worker))
                Assert.True(await pause.WaitForNextTickAsync(limit.Token), output);
        }

        public async ValueTask DisposeAsync()
        {
            await _host.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }

        private static StackBlueprint Blueprint(int hashesPerBlock)
        {
            List<StackInstance> instances = [.. StackBlueprint.Embedded.Instances.Where(instance => instance.Name != "device").Select(instance => instance with { Configuration = (JsonObject)instance.Configuration.DeepClone() })];
            foreach (StackInstance instance in instances)
                instance.Configuration[StackBlueprint.ListenKey] = "127.0.0.1:0";
            instances[0].Configuration["source"] = new JsonObject { ["embedded"] = new JsonObject { ["hashesPerBlock"] = hashesPerBlock } };
            return new StackBlueprint(instances, [.. StackBlueprint.Embedded.Links.Where(link => link.From != "device")]);
        }
    }
}
