using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Sv2.ControlPlane.History;
using Sv2.ControlPlane.Security;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Api;

/// <summary>The event stream: server-sent events, resumable by Last-Event-ID.</summary>
internal sealed class EventsApi(IRoleHost host, LiveRates rates, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const int ListenersMax = 256;
    private const int RecentMax = 1000;
    private const int UnsentMax = 1 << 16;
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private static readonly byte[] Greeting = "retry: 2000\n\n"u8.ToArray();
    private static readonly byte[] KeepAliveText = ": still here\n\n"u8.ToArray();

    private int _listeners;
    private volatile Formatted _newest = new(null, []);

    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/events", (HttpContext context, EventsApi events, int? recent) => events.StreamAsync(context, recent))
            .WithName("streamEvents").WithTags("Events")
            .WithSummary("Streams events (text/event-stream).")
            .WithDescription("Begins after the event that the header Last-Event-ID names, or with the newest `recent` events (20 if not given, at most 1000). The data of each is a RoleEvent, but for events named 'rates': these have no id, are not kept, come every few seconds and tell the figures of the moment (RatesView).")
            .Produces<RoleEvent>(StatusCodes.Status200OK, "text/event-stream")
            .Needs(Scope.Read).Fails(StatusCodes.Status400BadRequest, StatusCodes.Status503ServiceUnavailable);

    private async Task StreamAsync(HttpContext context, int? recent)
    {
        long after = await StartAsync(context.Request, recent, context.RequestAborted);
        if (Interlocked.Increment(ref _listeners) > ListenersMax)
        {
            Interlocked.Decrement(ref _listeners);
            await Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Too many listeners", $"At most {ListenersMax} may listen at a time.");
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await WriteAsync(context, after, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The listener left, or we stop.
        }
        finally
        {
            Interlocked.Decrement(ref _listeners);
        }
    }

    private async Task<long> StartAsync(HttpRequest request, int? recent, CancellationToken cancellationToken)
    {
        if (request.Headers["Last-Event-ID"] is [{ } text])
        {
            return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
                ? id
                : throw new ConfigurationException("Last-Event-ID", "is not the id of an event", "leave the header out to begin with the newest");
        }

        int count = recent ?? 20;
        if (count is < 0 or > RecentMax)
            throw new ConfigurationException("recent", $"{count} is outside the limits", $"choose 0 to {RecentMax}");
        return Math.Max(0, await host.GetLastEventIdAsync(cancellationToken) - count);
    }

    private async Task WriteAsync(HttpContext context, long after, CancellationToken cancellationToken)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        PipeWriter body = context.Response.BodyWriter;
        LiveRates.Published live = rates.Latest;
        body.Write(Greeting);
        body.Write(live.Text);
        await body.FlushAsync(cancellationToken);

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using IAsyncEnumerator<RoleEvent> events = host.SubscribeAsync(after, ended.Token).GetAsyncEnumerator(ended.Token);
        Task<bool> next = events.MoveNextAsync().AsTask();
        int unsent = 0;
        try
        {
            while (true)
            {
                byte[] text = KeepAliveText;
                // A comment now and then tells both ends, and what is between them, that the other is alive.
                if (await ArrivesAsync(next, live, cancellationToken))
                {
                    if (!next.IsCompleted)
                    {
                        live = rates.Latest;
                        text = live.Text;
                    }
                    else if (!await next)
                    {
                        return;
                    }
                    else
                    {
                        text = Format(events.Current);
                        next = events.MoveNextAsync().AsTask();
                    }
                }

                body.Write(text);
                unsent += text.Length;
                // What comes in one go is sent in one go, as far as that does not become much.
                if (next.IsCompletedSuccessfully && unsent < UnsentMax)
                    continue;
                if ((await body.FlushAsync(cancellationToken)).IsCompleted)
                    return;
                unsent = 0;
            }
        }
        finally
        {
            // An enumerator may be disposed only when it rests.
            await ended.CancelAsync();
            await next.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Waits for the next event or newer rates; false when the time for a sign of life has come first.</summary>
    private async Task<bool> ArrivesAsync(Task<bool> next, LiveRates.Published live, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAny(next, live.Replaced.Task).WaitAsync(KeepAlive, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>All listeners get the same event at about the same time: it is written once.</summary>
    private byte[] Format(RoleEvent e)
    {
        Formatted newest = _newest;
        if (ReferenceEquals(newest.Event, e))
            return newest.Text;
        byte[] text = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {e.Id}\nevent: {e.Type}\ndata: {JsonSerializer.Serialize(e, RoleJson.Wire)}\n\n"));
        _newest = new Formatted(e, text);
        return text;
    }

    private sealed record Formatted(RoleEvent? Event, byte[] Text);
}
