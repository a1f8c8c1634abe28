using System.Net.Http.Headers;

namespace Sv2.Load;

/// <summary>Listeners of a control plane's event stream: what as many open pages would be to it.</summary>
internal sealed class EventListeners : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly HttpClient _client;
    private readonly List<Task> _readers = [];
    private long _events;
    private long _bytes;
    private int _ended;

    private EventListeners(Uri server, string token)
    {
        _client = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Opens the streams.</summary>
    /// <exception cref="HttpRequestException">One was refused.</exception>
    public static async Task<EventListeners> StartAsync(Uri server, string token, int count, CancellationToken cancellation)
    {
        var listeners = new EventListeners(server, token);
        try
        {
            for (int i = 0; i < count; i++)
            {
                HttpResponseMessage response = await listeners._client.GetAsync("api/v1/events?recent=0", HttpCompletionOption.ResponseHeadersRead, cancellation);
                listeners._readers.Add(listeners.ReadAsync(response.EnsureSuccessStatusCode()));
            }

            return listeners;
        }
        catch
        {
            await listeners.DisposeAsync();
            throw;
        }
    }

    /// <summary>What was heard; and how many streams ended that should not have.</summary>
    public (long Events, long Bytes, int Ended) Heard => (Volatile.Read(ref _events), Volatile.Read(ref _bytes), Volatile.Read(ref _ended));

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_readers);
        _client.Dispose();
        _end.Dispose();
    }

    private async Task ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            try
            {
                await using Stream stream = await response.Content.ReadAsStreamAsync(_end.Token);
                byte[] buffer = new byte[4096];
                byte last = 0;
                while (await stream.ReadAsync(buffer, _end.Token) is > 0 and var read)
                {
                    Interlocked.Add(ref _bytes, read);
                    Interlocked.Add(ref _events, CountEnds(buffer.AsSpan(0, read), ref last));
                }

                Interlocked.Increment(ref _ended);
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                // The measure is over.
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                Interlocked.Increment(ref _ended);
            }
        }
    }

    /// <summary>An event ends with an empty line.</summary>
    private static int CountEnds(ReadOnlySpan<byte> text, ref byte last)
    {
        int ends = 0;
        foreach (byte b in text)
        {
            if (b == '\n' && last == '\n') ends++;
            last = b;
        }

        return ends;
    }
}
