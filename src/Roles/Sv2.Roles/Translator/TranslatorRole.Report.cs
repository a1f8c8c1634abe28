using System.Globalization;
using System.Net;
using Sv2.Protocol;
using Sv2.Roles.Listening;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Translator;

// How the translator is, and what it shows.
public sealed partial class TranslatorRole
{
    /// <inheritdoc/>
    public RoleReport Report()
    {
        if (_isStopped)
            return RoleReport.Of(RoleHealth.Unhealthy, "The translator is stopped.");
        if (_listener is null)
            return RoleReport.Of(RoleHealth.Unhealthy, "The translator has not started.");
        double hashRate = _services.Miners.All.Sum(static miner => miner.HashRate);
        (RoleHealth health, string message) = Judge(hashRate);
        return new RoleReport
        {
            Health = health,
            Message = message,
            Endpoints = [Endpoint()],
            Upstreams = _upstreams.Upstreams,
            Figures = Figures(hashRate),
            Rejections = _services.Tally.Refusals,
        };
    }

    /// <inheritdoc/>
    public ValueTask<Page<ChannelInfo>> ListChannelsAsync(ListQuery query, CancellationToken cancellationToken)
    {
        IEnumerable<ChannelInfo> miners = _services.Miners.All.Select(static miner => miner.Describe()).OfType<ChannelInfo>();
        IEnumerable<ChannelInfo> channels = miners.Concat(_route.Channels()).OrderBy(static channel => (channel.ConnectionId, channel.ChannelId));
        return ValueTask.FromResult(Page.Of(channels, query, static channel => channel.UserIdentity));
    }

    /// <inheritdoc/>
    public ValueTask<Page<WorkerInfo>> ListWorkersAsync(ListQuery query, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_services.Workers.List(query));

    private (RoleHealth Health, string Message) Judge(double hashRate)
    {
        int miners = _services.Miners.Count;
        string who = miners == 1 ? "1 miner" : $"{miners} miners";
        if (_upstreams.Active is not { } active)
        {
            UpstreamInfo first = _upstreams.Upstreams[0];
            return (RoleHealth.Unhealthy, $"No pool is connected; {who} stay connected and wait. {first.Address}: {first.Reason ?? "connecting"}.");
        }
        string what = $"Translating for {who}, {HashRateText(hashRate)}, to {active.Pool.Name}.";
        return active.Index == 0
            ? (RoleHealth.Healthy, what)
            : (RoleHealth.Degraded, $"{what} A pool before it is not in use: {_upstreams.Upstreams[0].Reason ?? "it is back and will be used again when that has held"}.");
    }

    private IReadOnlyList<Figure> Figures(double hashRate)
    {
        (long received, long sent) miners = (_services.Miners.BytesReceived.Value, _services.Miners.BytesSent.Value);
        foreach (TranslatorMiner miner in _services.Miners.All)
            miners = (miners.received + miner.Connection.BytesReceived, miners.sent + miner.Connection.BytesSent);
        return
        [
            new Figure(FigureNames.HashRate, hashRate, "H/s"),
            .. _services.Tally.Figures,
            new Figure(FigureNames.BlocksFound, _services.Blocks.Value, "blocks"),
            new Figure(FigureNames.Connections, _services.Miners.Count, "connections"),
            new Figure("sharesForwarded", _services.Forwarded.Value, "shares"),
            .. _upstreams.Figures(miners),
        ];
    }

    private EndpointInfo Endpoint()
    {
        var bound = (IPEndPoint)_listener!.BoundEndPoint;
        (string host, int port) = PublicAddress.Of(_options.PublicAddress, bound);
        return new EndpointInfo("stratum-v1", bound.ToString(), $"stratum+tcp://{host}:{port}", Encrypted: false);
    }

    private static string HashRateText(double hashesPerSecond)
    {
        ReadOnlySpan<string> units = ["H/s", "kH/s", "MH/s", "GH/s", "TH/s", "PH/s", "EH/s"];
        int unit = 0;
        for (; hashesPerSecond >= 1000 && unit < units.Length - 1; unit++)
            hashesPerSecond /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{hashesPerSecond:0.##} {units[unit]}");
    }
}
