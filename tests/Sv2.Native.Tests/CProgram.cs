using System.Diagnostics;

namespace Sv2.Native.Tests;

/// <summary>A C program compiled against the library, in a folder that goes with it.</summary>
internal sealed class CProgram : IDisposable
{
    private static readonly string[] Strict = ["-g", "-O1", "-Wall", "-Wextra", "-Werror"];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly string _folder;

    private CProgram(string folder) => _folder = folder;

    public string File => Path.Combine(_folder, "program");

    public string Folder => _folder;

    public static string[] C11 => ["gcc", "-std=c11"];

    /// <summary>Compiles sources with all warnings as errors.</summary>
    /// <param name="compiler">Compiler and its options.</param>
    /// <param name="sources">Absolute paths.</param>
    public static async Task<CProgram> CompileAsync(string[] compiler, params string[] sources)
    {
        CProgram program = new(Directory.CreateTempSubdirectory("sv2-native-").FullName);
        string[] arguments =
        [
            .. compiler[1..], .. Strict, $"-I{NativeLibrary.Includes}", .. sources, "-o", program.File,
            $"-L{NativeLibrary.LibraryFolder}", "-lsv2", "-lpthread", $"-Wl,-rpath,{NativeLibrary.LibraryFolder}",
        ];
        Outcome outcome = await RunAsync(compiler[0], arguments);
        Assert.True(outcome.ExitCode == 0, $"{compiler[0]} {string.Join(' ', arguments)}\n{outcome.Output}");
        return program;
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

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
