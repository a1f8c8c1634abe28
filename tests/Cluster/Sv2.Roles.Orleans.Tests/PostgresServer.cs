using System.Diagnostics;
using Npgsql;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>A PostgreSQL server of the test's own: a folder under the temporary one, a socket in it, no port.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "sv2";

    private readonly string _folder;
    private readonly Process _process;

    private PostgresServer(string folder, Process process)
    {
        _folder = folder;
        _process = process;
    }

    public string ConnectionString => $"Host={_folder};Username={User};Database=postgres;Timeout=20";

    /// <summary>Folder of the server's programs; null where it is not installed.</summary>
    public static string? Programs { get; } = FindPrograms();

    public static async Task<PostgresServer> StartAsync()
    {
        string folder = Directory.CreateTempSubdirectory("sv2-postgres-").FullName;
        if (Environment.UserName == "root") await RunAsync("chown", "postgres:", folder);
        string data = Path.Combine(folder, "data");
        await RunAsync([.. AsUser(), Program("initdb"), "--pgdata", data, "--username", User, "--auth", "trust", "--encoding", "UTF8", "--no-sync"]);
        Process server = Launch([.. AsUser(), Program("postgres"), "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]);
        // Nobody needs its words, but a full pipe would stop it.
        server.OutputDataReceived += static (_, _) => { };
        server.ErrorDataReceived += static (_, _) => { };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        var started = new PostgresServer(folder, server);
        try
        {
            await Wait.ForAsync("PostgreSQL takes connections", started.AnswersAsync, answers => answers);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        // A fast shutdown: it ends the sessions that are left.
        if (!_process.HasExited) await RunAsync("kill", "-INT", $"{_process.Id}");
        using var limit = new CancellationTokenSource(Wait.Patience);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        Assert.False(_process.HasExited, "PostgreSQL did not start");
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        return true;
    }

    /// <summary>PostgreSQL refuses to run as root; its package brings a user for it.</summary>
    private static string[] AsUser() =>
        Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    private static string Program(string name) => Path.Combine(Programs!, name);

    private static async Task RunAsync(params string[] command)
    {
        using Process process = Launch(command);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}: {errors}");
    }

    private static Process Launch(params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        return Process.Start(start)!;
    }

    private static string? FindPrograms()
    {
        if (OperatingSystem.IsWindows()) return null;
        IEnumerable<string> debian = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")) : [];
        return debian.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));
    }
}

/// <summary>A test that needs a PostgreSQL server on this machine; where there is none it says that it did not run.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (PostgresServer.Programs is null)
            Skip = "did not run: PostgreSQL (Debian's package postgresql) is not installed";
    }
}
