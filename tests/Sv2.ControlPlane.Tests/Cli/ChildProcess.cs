using System.Diagnostics;
using System.Threading.Channels;

namespace Sv2.ControlPlane.Tests.Cli;

/// <summary>The program as its users run it: a process of its own.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(10_000);
    private readonly Task _reading;

    private ChildProcess(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    private List<string> Output { get; } = [];

    public static ChildProcess Start(params string[] args) => Start(new Dictionary<string, string>(), args);

    /// <summary>Starts it with variables of the environment beside its own.</summary>
    public static ChildProcess Start(IReadOnlyDictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "sv2.dll"));
        foreach (string arg in args)
            start.ArgumentList.Add(arg);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        await using ChildProcess child = Start(args);
        Task<string> error = child._process.StandardError.ReadToEndAsync();
        await child._reading.WaitAsync(Patience);
        await child._process.WaitForExitAsync().WaitAsync(Patience);
        return (child._process.ExitCode, string.Join('\n', child.Output), await error);
    }

    /// <summary>The next line that fits.</summary>
    public async Task<string> WaitForLineAsync(Func<string, bool> fits)
    {
        using var patience = new CancellationTokenSource(Patience);
        await foreach (string line in _lines.Reader.ReadAllAsync(patience.Token))
        {
            if (fits(line))
                return line;
        }

        throw new InvalidOperationException($"The program ended: {string.Join('\n', Output)}\n{await _process.StandardError.ReadToEndAsync(patience.Token)}");
    }

    /// <summary>Sends a signal, such as <c>TERM</c>, and gives the exit code.</summary>
    public async Task<int> SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Whether a signal is ignored by this process, and so by those it starts.</summary>
    public static bool InheritsIgnored(int signal)
    {
        if (!File.Exists("/proc/self/status"))
            return false;
        string mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        return (ulong.Parse(mask, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture) >> (signal - 1) & 1) != 0;
    }

    /// <summary>Everything that it wrote, once it has ended.</summary>
    public async Task<IReadOnlyList<string>> AllOutputAsync()
    {
        await _reading.WaitAsync(Patience);
        return Output;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (Output)
                Output.Add(line);
            await _lines.Writer.WriteAsync(line);
        }

        _lines.Writer.Complete();
    }
}
