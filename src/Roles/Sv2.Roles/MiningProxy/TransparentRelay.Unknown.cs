using System.Buffers.Binary;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.MiningProxy;

// Frames of extensions that this program does not know, for the ends of a channel alone (3.4.1): they go on unchanged but for
// the channel's id.
internal sealed partial class TransparentRelay
{
    public override void OnUnknownFrame(DownstreamConnection connection, in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        RelayChannel? relay = null;
        if (TryReadChannel(header, payload, out uint channelId))
            connection.Invoke(mining => relay = mining.FindChannel(channelId)?.Tag as RelayChannel);
        if (relay?.Current is not { Channel: { } upstream } link)
        {
            base.OnUnknownFrame(connection, header, payload);
            return;
        }
        relay.CarriesUnknown = true;
        link.Session.TrySendFrame(Readdress(header, payload, upstream.Id));
    }

    public override void OnUnknownFrame(UpstreamSession session, in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (!TryReadChannel(header, payload, out uint channelId))
        {
            base.OnUnknownFrame(session, header, payload);
            return;
        }
        RelayLink[] links = session.Invoke(mining => mining.Channels
            .Where(channel => channel.Id == channelId || channel.GroupChannelId == channelId).Select(static channel => channel.Tag).OfType<RelayLink>().ToArray());
        foreach (RelayLink link in links)
        {
            RelayChannel relay = link.Relay;
            if (!ReferenceEquals(relay.Current, link) || relay.Channel is not { } channel)
                continue;
            relay.CarriesUnknown = true;
            relay.Connection.TrySendFrame(Readdress(header, payload, channel.Id));
        }
    }

    // A pool that is a proxy itself tells of its own moves in the same way.
    private static bool TryReadChannel(in FrameHeader header, ReadOnlySpan<byte> payload, out uint channelId)
    {
        channelId = 0;
        bool isForChannel = header.ExtensionType == 0
            ? header.MessageType == ChannelEndpointChanged.Info.MessageType
            : header.IsChannelMessage;
        return isForChannel && BinaryPrimitives.TryReadUInt32LittleEndian(payload, out channelId);
    }
}
