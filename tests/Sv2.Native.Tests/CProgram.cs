using System.Collections.Concurrent;
using System.Diagnostics;

namespace Sv2.Native.Tests;

/// <summary>A C program compiled against the library; each is compiled once for all tests.</summary>
internal sealed class CProgram
{
    private static readonly string[] Strict = ["-g", "-O1", "-Wall", "-Wextra", "-Werror"];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly ConcurrentDictionary<string, Lazy<Task<CProgram>>> Compiled = new();

    private CProgram(string file) => File = file;

    public string File { get; }

    public static string[] C11 => ["gcc", "-std=c11"];

    /// <summary>Compiles sources with all warnings as errors.</summary>
    /// <param name="compiler">Compiler and its options.</param>
    /// <param name="sources">Absolute paths.</param>
    public static Task<CProgram> CompileAsync(string[] compiler, params string[] sources) =>
        Compiled.GetOrAdd(string.Join(' ', [.. compiler, .. sources]), _ => new Lazy<Task<CProgram>>(() => RunCompilerAsync(compiler, sources))).Value;

    private static async Task<CProgram> RunCompilerAsync(string[] compiler, string[] sources)
    {
        string file = Path.Combine(Directory.CreateDirectory(NativeLibrary.ProgramFolder).FullName, $"{Path.GetFileNameWithoutExtension(sources[0])}-{Guid.NewGuid():n}");
        string[] arguments =
        [
            .. compiler[1..], .. Strict, $"-I{NativeLibrary.Includes}", .. sources, "-o", file,
            $"-L{NativeLibrary.LibraryFolder}", "-lsv2", "-lpthread", $"-Wl,-rpath,{NativeLibrary.LibraryFolder}",
        ];
        Outcome outcome = await RunAsync(compiler[0], arguments);
        Assert.True(outcome.ExitCode == 0, $"{compiler[0]} {string.Join(' ', arguments)}\n{outcome.Output}");
        return new CProgram(file);
    }

    /// <summary>Runs the program to its end.</summary>
    public Task<Outcome> RunAsync(params string[] arguments) => RunAsync(File, arguments);

    /// <summary>Runs any program to its end.</summary>
    public static async Task<Outcome> RunAsync(string file, string[] arguments, (string Name, string Value)[]? environment = null)
    {
        using Process process = Start(file, arguments, environment);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource limit = new(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"{file} {string.Join(' ', arguments)} did not end within {Limit.TotalMinutes} minutes\n{await output}{await errors}");
        }
        return new Outcome(process.ExitCode, await output + await errors);
    }

    /// <summary>Starts any program with its streams redirected.</summary>
    public static Process Start(string file, string[] arguments, (string Name, string Value)[]? environment = null)
    {
        ProcessStartInfo start = new(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment ?? [])
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>How a program ended.</summary>
    internal sealed record Outcome(int ExitCode, string Output)
    {
        public Outcome Succeeded()
        {
            Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}");
            return this;
        }
    }
}
