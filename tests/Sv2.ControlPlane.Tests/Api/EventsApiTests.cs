using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.History;
using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.ControlPlane.Tests.Api;

public class EventsApiTests
{
    private sealed record Sse(string? Id, string? Type, JsonNode? Data);

    private static async Task<StreamReader> OpenAsync(RunningControlPlane app, string path = "api/v1/events", string? lastId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        HttpResponseMessage response = await app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event that is not just the rates; null when the stream has ended.</summary>
    private static async Task<Sse?> NextAsync(StreamReader reader)
    {
        while (await NextOfAnyTypeAsync(reader) is { } e)
        {
            if (e.Type != "rates")
                return e;
        }

        return null;
    }

    private static async Task<Sse?> NextOfAnyTypeAsync(StreamReader reader)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        string? id = null, type = null, data = null;
        while (await reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                type = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data = line[6..];
            else if (line.Length == 0 && data is not null)
                return new Sse(id, type, JsonNode.Parse(data));
        }

        return null;
    }

    [Fact]
    public async Task Events_arrive_as_they_happen_and_are_resumed()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole role = await app.CreateAsync("a");
        using StreamReader stream = await OpenAsync(app, "api/v1/events?recent=0");
        role.Context.Events.Publish("block", RoleEventSeverity.Success, "A block\nwith a second line.", Samples.Block(3, BlockState.Accepted));
        Sse first = (await NextAsync(stream))!;
        Assert.Equal(("block", "a", "success", "A block\nwith a second line."), (first.Type, (string?)first.Data!["instance"], (string?)first.Data["severity"], (string?)first.Data["message"]));
        Assert.Equal(3, (int?)first.Data["data"]!["height"]);
        Assert.Equal(first.Id, first.Data["id"]!.ToString());

        stream.Dispose();
        role.Context.Events.Publish("new-tip", RoleEventSeverity.Info, "Missed.");
        using StreamReader resumed = await OpenAsync(app, lastId: first.Id);
        Assert.Equal("Missed.", (string?)(await NextAsync(resumed))!.Data!["message"]);
    }

    [Fact]
    public async Task Rates_are_told_to_all_who_listen_and_to_who_comes_later()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole pool = await app.CreateAsync("pool");
        pool.CurrentReport = pool.CurrentReport with
        {
            Endpoints = [new("mining", "127.0.0.1:1", null, true)],
            Figures = [new(FigureNames.HashRate, 5e6, "H/s"), new(FigureNames.Channels, 3, "channels")],
        };
        using StreamReader stream = await OpenAsync(app);
        await app.Service<Sampler>().LookAsync(CancellationToken.None);
        AssertRates(await NextRatesAsync(stream));
        using StreamReader later = await OpenAsync(app);
        AssertRates(await NextRatesAsync(later));

        static async Task<Sse> NextRatesAsync(StreamReader stream)
        {
            while (await NextOfAnyTypeAsync(stream) is { } e)
            {
                if (e.Type == "rates")
                    return e;
            }

            throw new InvalidOperationException("The stream has ended.");
        }

        static void AssertRates(Sse rates)
        {
            // Whoever resumes must not be sent back to one that is not kept.
            Assert.Null(rates.Id);
            Assert.Equal((5e6, 3.0, 0), ((double?)rates.Data!["hashRate"], (double?)rates.Data["channels"], (int?)rates.Data["alarms"]));
            Assert.Equal("pool", (string?)rates.Data["instances"]![0]!["instance"]);
        }
    }

    [Fact]
    public async Task Without_a_wish_the_newest_come_first()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole role = await app.CreateAsync("a");
        for (int i = 0; i < 30; i++)
            role.Context.Events.Publish("x", RoleEventSeverity.Info, i.ToString(CultureInfo.InvariantCulture));
        using StreamReader stream = await OpenAsync(app);
        Assert.Equal("10", (string?)(await NextAsync(stream))!.Data!["message"]);
    }

    [Fact]
    public async Task An_id_that_is_none_is_refused()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/events");
        request.Headers.Add("Last-Event-ID", "abc");
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, app.Client.SendAsync(request));
    }

    [Fact]
    public async Task Listeners_are_bounded()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        var open = new List<StreamReader>();
        for (int i = 0; i < 256; i++)
            open.Add(await OpenAsync(app));
        await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, app.Client.GetAsync("api/v1/events"));
        open.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task A_stop_ends_the_streams()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using StreamReader stream = await OpenAsync(app, "api/v1/events?recent=0");
        Task stopping = app.StopServerAsync();
        Assert.Null(await NextAsync(stream));
        await stopping;
    }
}
