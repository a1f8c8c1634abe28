using Sv2.ControlPlane.Tests.Cli;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.Browser.Tests.Support;

/// <summary>The embedded stack as its users start it: a process of its own, on free ports, with a folder of its own.</summary>
internal sealed class RunningStack : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;

    private RunningStack(TemporaryFolder folder, ChildProcess process, Uri link, string connectionString)
    {
        _folder = folder;
        _process = process;
        Link = link;
        Url = new Uri(link.GetLeftPart(UriPartial.Authority));
        ConnectionString = connectionString;
    }

    /// <summary>The printed link, which signs the browser in once.</summary>
    public Uri Link { get; }

    /// <summary>Where the pages are.</summary>
    public Uri Url { get; }

    /// <summary>What the start printed for miners.</summary>
    public string ConnectionString { get; }

    public static async Task<RunningStack> StartAsync()
    {
        var folder = new TemporaryFolder();
        // For pictures a block takes longer, as blocks do: then hardly a share comes too late.
        string[] pace = Pictures.Wanted ? ["--set", "template-provider.source.embedded.hashesPerBlock=80000000"] : [];
        ChildProcess process = ChildProcess.Start([
            "up",
            "--data-dir", folder.Path,
            "--http", "127.0.0.1:0",
            "--set", "pool.listen=127.0.0.1:0",
            "--set", "template-provider.listen=127.0.0.1:0",
            .. pace]);
        string link = await process.WaitForLineAsync(l => l.Contains("/signin?code=", StringComparison.Ordinal));
        string miners = await process.WaitForLineAsync(l => l.Contains("for miners", StringComparison.Ordinal));
        return new RunningStack(folder, process, new Uri(link.Split(' ').First(part => part.Contains("/signin?code=", StringComparison.Ordinal))), miners.Split(' ')[^1]);
    }

    /// <summary>Stops it as an operator does.</summary>
    public Task StopAsync() => _process.SignalAsync("TERM");

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
