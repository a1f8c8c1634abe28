using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.MiningProxy;

/// <summary>How a channel at a pool is shown.</summary>
internal static class UpstreamChannel
{
    public static ChannelInfo Describe(UpstreamSession session, ClientChannel channel) => session.Invoke(_ => new ChannelInfo
    {
        ConnectionId = session.ConnectionId,
        ChannelId = channel.Id,
        Kind = channel.Kind == ChannelKind.Standard ? "standard" : "extended",
        IsDownstream = false,
        UserIdentity = LogText.Sanitise(channel.UserIdentity),
        RemoteAddress = session.RemoteAddress,
        ExtranoncePrefix = channel.ExtranoncePrefix.ToString(),
        NominalHashRate = channel.NominalHashRate,
        HashRate = channel.NominalHashRate,
        Difficulty = Target.Difficulty(channel.Target),
        SharesAccepted = channel.Accepted,
        SharesRejected = channel.Rejected,
        OpenedAt = session.OpenedAt,
    });
}
