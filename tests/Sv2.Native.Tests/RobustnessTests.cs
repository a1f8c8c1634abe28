using System.Globalization;
using Sv2.Protocol;
using Sv2.Protocol.Inspection;
using Sv2.TestKit;

namespace Sv2.Native.Tests;

/// <summary>Wrong use, and random and mutated inputs: nothing crashes, hangs, leaks, or touches memory that is not its own.</summary>
public sealed class RobustnessTests
{
    // With full checks every access of the library itself to memory is checked as well, not the C side's alone.
    private static readonly string[] Valgrind = ["-q", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"];

    [NativeFact]
    public async Task Misuse_gives_an_error()
    {
        CProgram program = await CProgram.CompileAsync(CProgram.C11, Source("misuse.c"));

        Assert.Contains("checks", (await program.RunAsync()).Succeeded().Output, StringComparison.Ordinal);
    }

    [NativeFact("valgrind")]
    public async Task Misuse_touches_no_memory_that_is_not_its_own()
    {
        CProgram program = await CProgram.CompileAsync(CProgram.C11, Source("misuse.c"));

        (await CProgram.RunAsync("valgrind", [.. Valgrind, program.File, "short"])).Succeeded();
    }

    [NativeTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Random_and_mutated_inputs_do_no_harm(int seed)
    {
        int inputs = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1" ? 2_500_000 : 250_000;
        CProgram program = await CProgram.CompileAsync(CProgram.C11, Source("fuzz.c"));

        // A small first generation: on processors with a large cache garbage would otherwise look like a leak for long.
        CProgram.Outcome outcome = (await CProgram.RunAsync(
            program.File,
            [inputs.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture), Corpus()],
            [("DOTNET_GCgen0size", "400000")])).Succeeded();
        Assert.StartsWith($"{inputs} inputs", outcome.Output, StringComparison.Ordinal);
    }

    [NativeFact("valgrind")]
    public async Task Random_and_mutated_inputs_touch_no_memory_that_is_not_the_callers()
    {
        CProgram program = await CProgram.CompileAsync(CProgram.C11, Source("fuzz.c"));

        (await CProgram.RunAsync("valgrind", [.. Valgrind, program.File, "2000", "5", Corpus()])).Succeeded();
    }

    private static string Source(string name) => Path.Combine(NativeLibrary.Programs, name);

    /// <summary>Frames of every message, for the driver to change.</summary>
    private static string Corpus() =>
        NativeLibrary.Keep("corpus.txt", string.Join('\n', MessageCatalog.Specification.Messages.SelectMany(message =>
            new[] { PayloadSize.Shortest, PayloadSize.Typical, PayloadSize.Typical }.Select((size, seed) =>
                Convert.ToHexStringLower(MessageVectorTests.FrameOf(message, PayloadBuilder.Build(message, size, seed)))))));
}
