using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

// Opening, updating and closing channels; groups; prefixes.
public sealed partial class MiningServerSession
{
    private uint _lastChannelId;

    /// <summary>Opens a standard channel (5.3.2).</summary>
    /// <param name="message">The request.</param>
    public void OnOpenStandardMiningChannel(in OpenStandardMiningChannelView message)
    {
        ChannelRequest request = new()
        {
            Kind = ChannelKind.Standard,
            UserIdentity = message.UserIdentity,
            NominalHashRate = message.NominalHashRate,
            MaxTarget = message.MaxTarget,
        };
        Open(request, message.RequestId, minExtranonceSize: 0);
    }

    /// <summary>Opens an extended channel (5.3.4).</summary>
    /// <param name="message">The request.</param>
    public void OnOpenExtendedMiningChannel(in OpenExtendedMiningChannelView message)
    {
        ChannelRequest request = new()
        {
            Kind = ChannelKind.Extended,
            UserIdentity = message.UserIdentity,
            NominalHashRate = message.NominalHashRate,
            MaxTarget = message.MaxTarget,
        };
        Open(request, message.RequestId, message.MinExtranonceSize);
    }

    /// <summary>Takes a new hash rate or maximum target (5.3.7). Silent unless invalid or the target changes.</summary>
    /// <param name="message">The update.</param>
    public void OnUpdateChannel(in UpdateChannelView message)
    {
        if (!_channels.TryGetValue(message.ChannelId, out ServerChannel? channel))
            Send(UpdateError(message.ChannelId, MiningErrorCodes.InvalidChannelId));
        else if (CheckNumbers(message.NominalHashRate, message.MaximumTarget) is { } code)
            Send(UpdateError(message.ChannelId, code));
        else
            Update(channel, message.NominalHashRate, message.MaximumTarget);
    }

    /// <summary>Closes a channel, or all channels of a group (5.3.9). Unknown ids are ignored: the protocol has no answer.</summary>
    /// <param name="message">The request.</param>
    public void OnCloseChannel(in CloseChannelView message)
    {
        if (_channels.TryGetValue(message.ChannelId, out ServerChannel? channel))
            Remove(channel);
        else if (!TryCloseGroup(message.ChannelId))
            IgnoredMessages++;
    }

    /// <summary>Closes a channel from the server's side (item 178). Shares that are durable are acknowledged first.</summary>
    /// <param name="channelId">An open channel.</param>
    /// <param name="reasonCode">Told to the client: printable ASCII, at most 255 bytes.</param>
    /// <returns>Whether there was such a channel.</returns>
    public bool CloseChannel(uint channelId, string reasonCode)
    {
        if (!_channels.TryGetValue(channelId, out ServerChannel? channel))
            return false;
        Acknowledge(channel);
        Remove(channel);
        Send(new CloseChannel { ChannelId = channelId, ReasonCode = reasonCode });
        return true;
    }

    /// <summary>
    /// Gives a channel another extranonce prefix of the same length, for jobs sent from now on (5.3.10). The old one stays
    /// reserved until no job uses it.
    /// </summary>
    /// <param name="channelId">An open channel.</param>
    /// <returns>
    /// Whether it was done: there is such a channel and a free prefix, and no custom job of the channel waits for its
    /// verdict, whose client already hashes with the present prefix (item 245).
    /// </returns>
    public bool ChangeExtranoncePrefix(uint channelId)
    {
        if (!_channels.TryGetValue(channelId, out ServerChannel? channel) || HasPendingCustomJob(channel))
            return false;
        if (!_server.Extranonces.TryAllocate(channel.ExtranoncePrefix.Length, out ByteString prefix))
            return false;
        channel.ChangePrefix(prefix);
        Send(new SetExtranoncePrefix { ChannelId = channelId, ExtranoncePrefix = prefix });
        channel.ReleasePrefixes(_server.Extranonces);
        return true;
    }

    /// <summary>
    /// Feeds a channel from another family from now on, for example because its payout changed. Tells the client by
    /// <c>SetGroupChannel</c> unless it requires standard jobs (5.3.22), and sends the family's jobs. Shares on earlier
    /// jobs of the same tip stay good.
    /// </summary>
    /// <param name="channelId">An open channel.</param>
    /// <param name="family">The new family.</param>
    /// <returns>
    /// Whether there is such a channel and the family has a job for it: without one the client would go on mining for the
    /// former payout.
    /// </returns>
    public bool MoveChannel(uint channelId, JobFamily family)
    {
        if (!_channels.TryGetValue(channelId, out ServerChannel? channel))
            return false;
        if (ReferenceEquals(channel.Family, family))
            return true;
        if (family.State.Active is null)
            return false;
        ChainTip? before = channel.Group.Tip;
        Leave(channel);
        Join(channel, family);
        if (!_requiresStandardJobs)
        {
            channel.GroupChannelId = channel.Group.Id;
            Send(new SetGroupChannel { GroupChannelId = channel.Group.Id, ChannelIds = (uint[])[channelId] });
        }
        SendStateTo(channel, before);
        return true;
    }

    private void Open(in ChannelRequest request, uint requestId, int minExtranonceSize)
    {
        if (CheckOpen(request, minExtranonceSize, out int extranonceSize) is { } code)
        {
            Send(OpenError(requestId, code));
            return;
        }
        ChannelDecision decision = _server.Channels.OnOpen(request);
        if (decision.Family is not { } family)
        {
            Send(OpenError(requestId, decision.ErrorCode ?? MiningErrorCodes.UnknownUser));
            return;
        }
        ExtranonceLayout layout = _server.Extranonces.Layout;
        int prefixSize = request.Kind == ChannelKind.Standard ? layout.FullSize : layout.PrefixSize;
        if (!_server.Extranonces.TryAllocate(prefixSize, out ByteString prefix))
        {
            Send(OpenError(requestId, MiningErrorCodes.ChannelCapacityExhausted));
            return;
        }
        ServerChannel channel = Create(request, decision, extranonceSize, prefix);
        Join(channel, family);
        channel.GroupChannelId = channel.Group.Id;
        SetFirstTarget(channel);
        SendOpened(channel, requestId);
        _shares.OnChannelOpened(channel);
        SendStateTo(channel, before: null);
    }

    private string? CheckOpen(in ChannelRequest request, int minExtranonceSize, out int extranonceSize)
    {
        extranonceSize = 0;
        if (request.Kind == ChannelKind.Standard && !_options.StandardChannels)
            return MiningErrorCodes.StandardChannelsNotSupported;
        if (request.Kind == ChannelKind.Extended && (!_options.ExtendedChannels || _requiresStandardJobs))
            return MiningErrorCodes.ExtendedChannelsNotSupported;
        if (CheckNumbers(request.NominalHashRate, request.MaxTarget) is { } code)
            return code;
        if (request.Kind == ChannelKind.Extended && !_server.Extranonces.Layout.TryGrant(minExtranonceSize, out extranonceSize))
            return MiningErrorCodes.MinExtranonceSizeTooLarge;
        return _channels.Count >= _options.ChannelsMax ? MiningErrorCodes.ChannelCapacityExhausted : null;
    }

    private static string? CheckNumbers(float nominalHashRate, in U256 maxTarget)
    {
        if (!float.IsFinite(nominalHashRate) || nominalHashRate < 0)
            return MiningErrorCodes.InvalidNominalHashRate;
        return maxTarget == U256.Zero ? MiningErrorCodes.MaxTargetOutOfRange : null;
    }

    private ServerChannel Create(in ChannelRequest request, in ChannelDecision decision, int extranonceSize, ByteString prefix)
    {
        uint id = NextChannelId();
        ServerChannel channel = new(id, request.Kind, Text.CopyOf(request.UserIdentity), extranonceSize, prefix, _options)
        {
            Tag = decision.Tag,
            MaxTarget = request.MaxTarget,
            NominalHashRate = request.NominalHashRate,
            OpenedAt = _server.Time.GetUtcNow(),
            Vardiff = _server.Vardiff(decision.ShareInterval ?? _options.ShareInterval),
        };
        _channels.Add(id, channel);
        return channel;
    }

    // Counts up and starts again below the groups' range, past ids still in use.
    private uint NextChannelId()
    {
        do
        {
            _lastChannelId = _lastChannelId + 1 < JobFamily.GroupChannelIdBit ? _lastChannelId + 1 : 1;
        }
        while (_channels.ContainsKey(_lastChannelId));
        return _lastChannelId;
    }

    private void Join(ServerChannel channel, JobFamily family)
    {
        uint groupId = family.GroupChannelId(channel.FullExtranonceSize);
        if (!_groups.TryGetValue(groupId, out ChannelGroup? group))
        {
            group = new ChannelGroup(family, channel.FullExtranonceSize);
            _groups.Add(groupId, group);
        }
        // The members so far first, so that all have the same from here on.
        Refresh(group);
        group.Members.Add(channel);
        channel.Group = group;
    }

    private void Leave(ServerChannel channel)
    {
        ChannelGroup group = channel.Group;
        group.Members.Remove(channel);
        if (group.Members.Count == 0)
            _groups.Remove(group.Id);
    }

    private void SetFirstTarget(ServerChannel channel)
    {
        long now = Now;
        U256 target = Bound(channel, channel.Vardiff.Start(channel.NominalHashRate, now));
        channel.SetTarget(ShareTarget.Of(target), now, graceUntil: now);
    }

    private void SendOpened(ServerChannel channel, uint requestId)
    {
        if (channel.Kind == ChannelKind.Standard)
        {
            Send(new OpenStandardMiningChannelSuccess
            {
                RequestId = requestId,
                ChannelId = channel.Id,
                Target = channel.Target,
                ExtranoncePrefix = channel.ExtranoncePrefix,
                GroupChannelId = channel.GroupChannelId,
            });
            return;
        }
        Send(new OpenExtendedMiningChannelSuccess
        {
            RequestId = requestId,
            ChannelId = channel.Id,
            Target = channel.Target,
            ExtranonceSize = (ushort)channel.ExtranonceSize,
            ExtranoncePrefix = channel.ExtranoncePrefix,
            GroupChannelId = channel.GroupChannelId,
        });
    }

    private void Update(ServerChannel channel, float nominalHashRate, in U256 maxTarget)
    {
        // Some proxies repeat the same rate every second; that must not restart the measurement.
        bool rateChanged = nominalHashRate != channel.NominalHashRate;
        channel.MaxTarget = maxTarget;
        channel.NominalHashRate = nominalHashRate;
        long now = Now;
        U256 wanted = rateChanged ? channel.Vardiff.Start(nominalHashRate, now) : channel.Target;
        ApplyTarget(channel, wanted, now);
    }

    private void Retarget(ServerChannel channel, long now)
    {
        if (channel.Vardiff.TryRetarget(channel.Target, now, out U256 proposed))
            ApplyTarget(channel, proposed, now);
    }

    private void ApplyTarget(ServerChannel channel, in U256 wanted, long now)
    {
        U256 target = Bound(channel, wanted);
        if (target == channel.Target)
            return;
        long graceUntil = now + (long)(_options.TargetGrace.TotalSeconds * _server.Time.TimestampFrequency);
        channel.SetTarget(ShareTarget.Of(target), now, graceUntil);
        channel.Vardiff.OnTarget(target, now);
        Send(new SetTarget { ChannelId = channel.Id, MaximumTarget = target });
    }

    // Never harder than the network asks, and never easier than the client takes: the client's word is last (5.3.2).
    private static U256 Bound(ServerChannel channel, in U256 target)
    {
        U256 notHarderThanNetwork = channel.Group.Tip is { } tip ? Target.Easier(target, tip.Target) : target;
        return Target.Harder(notHarderThanNetwork, channel.MaxTarget);
    }

    private void Remove(ServerChannel channel)
    {
        _channels.Remove(channel.Id);
        Leave(channel);
        Close(channel);
    }

    private bool TryCloseGroup(uint groupId)
    {
        if ((groupId & JobFamily.GroupChannelIdBit) == 0)
            return false;
        List<ServerChannel> members = [.. _channels.Values.Where(channel => channel.GroupChannelId == groupId)];
        members.ForEach(Remove);
        return members.Count > 0;
    }

    private void Close(ServerChannel channel)
    {
        channel.IsClosed = true;
        channel.ReleasePrefixes(_server.Extranonces);
        _shares.OnChannelClosed(channel);
    }

    private static OpenMiningChannelError OpenError(uint requestId, string code) => new() { RequestId = requestId, ErrorCode = code };

    private static UpdateChannelError UpdateError(uint channelId, string code) => new() { ChannelId = channelId, ErrorCode = code };
}
