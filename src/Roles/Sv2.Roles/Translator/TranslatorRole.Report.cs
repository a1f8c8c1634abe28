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
    public ValueTask<Page<WorkerInfo>> ListWorkersAsync(ListQuery query, CancellationToken cancellationToken)
    {
        Dictionary<string, double> hashRates = [];
        foreach (TranslatorMiner miner in _services.Miners.All)
            hashRates[miner.User] = hashRates.GetValueOrDefault(miner.User) + miner.HashRate;
        IEnumerable<WorkerInfo> workers = _services.Workers.All.OrderBy(static worker => worker.Name, StringComparer.Ordinal).Select(worker => new WorkerInfo
        {
            Name = LogText.Sanitise(worker.Name),
            IsOnline = worker.Miners > 0,
            Channels = worker.Miners,
            HashRate = hashRates.GetValueOrDefault(worker.Name),
            SharesAccepted = worker.Tally.Accepted,
            SharesRejected = worker.Tally.Refused,
            Rejections = worker.Tally.Refusals,
            BestDifficulty = worker.Tally.Best,
            LastShareAt = worker.LastShareAt,
        });
        return ValueTask.FromResult(Page.Of(workers, query, static worker => worker.Name));
    }

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
        (long received, long sent) down = (_services.Miners.BytesReceived.Value, _services.Miners.BytesSent.Value);
        foreach (TranslatorMiner miner in _services.Miners.All)
            down = (down.received + miner.Connection.BytesReceived, down.sent + miner.Connection.BytesSent);
        (long received, long sent) up = (_route.BytesReceived.Value, _route.BytesSent.Value);
        foreach (UpstreamSession session in _upstreams.Sessions)
            up = (up.received + session.Bytes.Received, up.sent + session.Bytes.Sent);
        double downTotal = down.received + down.sent;
        double saved = downTotal > 0 ? 100 * (1 - (up.received + up.sent) / downTotal) : 0;
        return
        [
            new Figure(FigureNames.HashRate, hashRate, "H/s"),
            new Figure(FigureNames.SharesAccepted, _services.Tally.Accepted, "shares"),
            new Figure(FigureNames.SharesRejected, _services.Tally.Refused, "shares"),
            .. _services.Tally.Refusals.Select(static reason => new Figure($"{FigureNames.SharesRejected}:{reason.Key}", reason.Value, "shares")),
            new Figure(FigureNames.BlocksFound, _services.Blocks.Value, "blocks"),
            new Figure(FigureNames.BestDifficulty, _services.Tally.Best, ""),
            new Figure(FigureNames.Connections, _services.Miners.Count, "connections"),
            new Figure("sharesForwarded", _services.Forwarded.Value, "shares"),
            new Figure("sharesUnanswered", _upstreams.Unanswered, "shares"),
            new Figure("poolSwitches", _upstreams.Switches, ""),
            new Figure("lastSwitch", Math.Round(_route.LastSwitch.TotalMilliseconds, 3), "ms"),
            new Figure("downstreamBytesReceived", down.received, "B"),
            new Figure("downstreamBytesSent", down.sent, "B"),
            new Figure("upstreamBytesReceived", up.received, "B"),
            new Figure("upstreamBytesSent", up.sent, "B"),
            new Figure("trafficSaved", Math.Round(saved, 1), "%"),
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
