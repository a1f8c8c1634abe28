using System.Diagnostics;
using System.Globalization;

namespace Sv2.Load;

/// <summary>What a process has used: processor time and resident memory.</summary>
internal readonly record struct ProcessUsage(TimeSpan Processor, long ResidentBytes);

/// <summary>The pool under test, in a process of its own beside the miners.</summary>
internal sealed class PoolProcess : IAsyncDisposable
{
    private readonly Process _process;

    private PoolProcess(Process process, string connectionString)
    {
        _process = process;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    public static async Task<PoolProcess> StartAsync(string[] server, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(PoolProcess).Assembly.Location, .. server])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start) ?? throw new IOException("the pool's process did not start");
        string? line = await process.StandardOutput.ReadLineAsync(cancellation);
        return new PoolProcess(process, line ?? throw new IOException("the pool's process ended before it listened"));
    }

    /// <summary>Lets its template provider find a block.</summary>
    public Task MoveTipAsync() => TellAsync("tip");

    /// <summary>Stops the first of the farm's pools.</summary>
    public Task SwitchAsync() => TellAsync("switch");

    /// <summary>Asks the farm for its figures, in words.</summary>
    public async Task<string> AskTrafficAsync()
    {
        await TellAsync("traffic");
        return await _process.StandardOutput.ReadLineAsync() ?? "";
    }

    /// <summary>Asks a watched pool where its control plane serves, and for a token.</summary>
    public async Task<(Uri Server, string Token)> AskEventsAsync()
    {
        await TellAsync("events");
        return await _process.StandardOutput.ReadLineAsync() is { } line && line.Split(' ') is [var server, var token]
            ? (new Uri(server), token)
            : throw new IOException("the pool's process does not tell where its control plane serves");
    }

    private async Task TellAsync(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        await _process.StandardInput.FlushAsync();
    }

    public ProcessUsage Usage()
    {
        _process.Refresh();
        return new ProcessUsage(_process.TotalProcessorTime, _process.WorkingSet64);
    }

    public async ValueTask DisposeAsync()
    {
        // The end of its input tells it to stop.
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public override string ToString() => _process.Id.ToString(CultureInfo.InvariantCulture);
}
