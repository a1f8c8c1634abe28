using Sv2.Roles.Upstreams;

namespace Sv2.Roles.MiningProxy;

// How the proxy is, in plain words.
public sealed partial class MiningProxyRole
{
    /// <inheritdoc/>
    public RoleReport Report()
    {
        if (_isStopped)
            return RoleReport.Of(RoleHealth.Unhealthy, "The proxy is stopped.");
        if (!_isStarted)
            return RoleReport.Of(RoleHealth.Unhealthy, "The proxy has not started.");
        IReadOnlyList<UpstreamInfo> upstreams = _upstreams.Upstreams;
        (RoleHealth health, string message) = Judge(upstreams);
        return new RoleReport
        {
            Health = health,
            Message = message,
            Endpoints = [_downstreams.Endpoint],
            Upstreams = upstreams,
            Figures = Figures(),
            Rejections = _relay.Shares.Refusals,
        };
    }

    private (RoleHealth Health, string Message) Judge(IReadOnlyList<UpstreamInfo> upstreams)
    {
        string miners = $"{_downstreams.ConnectionCount} miner{(_downstreams.ConnectionCount == 1 ? "" : "s")}";
        if (_upstreams.Active is not { } active)
        {
            string reasons = string.Join("; ", upstreams.Select((info, index) => $"{NameOf(index)}: {info.Reason ?? "connecting"}"));
            return (RoleHealth.Unhealthy, $"Waiting for a pool ({reasons}). {miners} stay{(_downstreams.ConnectionCount == 1 ? "s" : "")} connected.");
        }
        if (active.Index > 0)
            return (RoleHealth.Degraded, $"{miners} on fallback pool {active.Pool.Name}, because {NameOf(0)}: {upstreams[0].Reason ?? "is being tried"}.");
        bool hasReserve = upstreams.Count == 1 || !_options.Switching.Standby || upstreams.Any(static info => info.State == UpstreamState.Ready);
        return hasReserve
            ? (RoleHealth.Healthy, $"{miners} on pool {active.Pool.Name}.")
            : (RoleHealth.Degraded, $"{miners} on pool {active.Pool.Name}, and no pool in reserve: {NameOf(1)}: {upstreams[1].Reason ?? "is being tried"}.");
    }

    private string NameOf(int index) => UpstreamPoolOptions.Resolve([_options.Pools[index]], "")[0].Name;

    private IReadOnlyList<Figure> Figures() =>
    [
        new Figure(FigureNames.HashRate, _downstreams.HashRate, "H/s"),
        .. _relay.Shares.Figures,
        new Figure(FigureNames.BlocksFound, _relay.Blocks.Value, "blocks"),
        new Figure(FigureNames.Connections, _downstreams.ConnectionCount, "connections"),
        new Figure(FigureNames.Channels, _downstreams.ChannelCount, "channels"),
        new Figure("sharesForwarded", _relay.Forwarded.Value, "shares"),
        .. _upstreams.Figures(_downstreams.Bytes),
    ];
}
