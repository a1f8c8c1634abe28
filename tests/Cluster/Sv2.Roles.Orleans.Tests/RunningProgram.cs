using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Sv2.Cluster;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>The whole program of a silo, in this process.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly Lines _lines = new();

    private RunningProgram(SiloSettings settings) => _running = SiloProgram.RunAsync(settings, _lines, _stop.Token);

    public string AdminToken => Word("admin token ");

    public static async Task<RunningProgram> StartAsync(SiloSettings settings)
    {
        var program = new RunningProgram(settings);
        await Task.WhenAny(program._lines.HasToken.Task, program._running).WaitAsync(Wait.Patience);
        if (program._running.IsCompleted) await program._running;
        return program;
    }

    public HttpClient Client() => new() { BaseAddress = new Uri(Word("web ")), Timeout = Wait.Patience };

    /// <summary>A new token of a scope.</summary>
    public async Task<string> MakeTokenAsync(string scope)
    {
        using HttpClient client = Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        using HttpResponseMessage made = await client.PostAsJsonAsync("api/v1/tokens", new { name = scope, scope });
        return (string)(await made.Content.ReadFromJsonAsync<JsonNode>())!["token"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await _lines.DisposeAsync();
    }

    private string Word(string after) => _lines.Written().Single(line => line.StartsWith(after, StringComparison.Ordinal))[after.Length..].Split(' ')[0];

    /// <summary>Keeps what the program writes; the token is the last of it.</summary>
    private sealed class Lines : TextWriter
    {
        private readonly List<string> _written = [];

        public TaskCompletionSource HasToken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Encoding Encoding => Encoding.UTF8;

        public string[] Written()
        {
            lock (_written) return [.. _written];
        }

        public override Task WriteLineAsync(string? value)
        {
            lock (_written) _written.Add(value ?? "");
            if (value?.StartsWith("admin token ", StringComparison.Ordinal) == true) HasToken.TrySetResult();
            return Task.CompletedTask;
        }
    }
}
