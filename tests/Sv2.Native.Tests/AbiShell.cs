using System.Diagnostics;

namespace Sv2.Native.Tests;

/// <summary>The program <c>abi_shell.c</c>: the library behind lines of text, in a process of its own.</summary>
internal sealed class AbiShell : IDisposable
{
    private readonly Process _process;

    private AbiShell(CProgram program) => _process = CProgram.Start(program.File, []);

    public static async Task<AbiShell> StartAsync() =>
        new(await CProgram.CompileAsync(CProgram.C11, Path.Combine(NativeLibrary.Programs, "abi_shell.c")));

    /// <summary>Gives a command and waits for its answer.</summary>
    public async Task<string> AskAsync(string command)
    {
        await _process.StandardInput.WriteAsync(command + "\n");
        await _process.StandardInput.FlushAsync();
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));
        string? answer = await _process.StandardOutput.ReadLineAsync(limit.Token);
        Assert.True(answer is not null, $"the program ended at: {command}");
        return answer;
    }

    /// <summary>Gives a command that must succeed; what follows "ok".</summary>
    public async Task<string> OkAsync(string command)
    {
        string answer = await AskAsync(command);
        Assert.True(answer == "ok" || answer.StartsWith("ok ", StringComparison.Ordinal), $"{command}: {answer}");
        return answer.Length > 3 ? answer[3..] : "";
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit(TimeSpan.FromSeconds(30));
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
