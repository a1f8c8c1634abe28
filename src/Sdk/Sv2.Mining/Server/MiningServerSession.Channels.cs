using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

// Opening, updating and closing channels; groups; prefixes.
public sealed partial class MiningServerSession
{
    private readonly Dictionary<long, DeferredOpen> _deferred = [];
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
        ExtranonceAllocator extranonces = channel.Family.Extranonces ?? _server.Extranonces;
        if (!extranonces.TryAllocate(channel.ExtranoncePrefix.Length, out ByteString prefix))
            return false;
        ChangePrefix(channel, prefix, extranonces);
        return true;
    }

    /// <summary>
    /// Feeds a channel from another family from now on, for example because its payout changed or, at a proxy, its upstream.
    /// Gives it a prefix of that family's search space where it has its own (5.3.10), tells the client of the group by
    /// <c>SetGroupChannel</c> unless it requires standard jobs (5.3.22), and sends the family's jobs.
    /// </summary>
    /// <param name="channelId">An open channel.</param>
    /// <param name="family">The new family.</param>
    /// <param name="keepsJobs">
    /// Whether shares on earlier jobs of the same tip stay good. <see langword="false"/> when nobody would take them: they are
    /// stale then, though still looked at for blocks.
    /// </param>
    /// <returns>
    /// Whether it was done: there is such a channel, the family has a job for it, without which the client would go on mining
    /// for the former payout, and room in its search space for a channel of this extranonce size.
    /// </returns>
    public bool MoveChannel(uint channelId, JobFamily family, bool keepsJobs = true)
    {
        if (!_channels.TryGetValue(channelId, out ServerChannel? channel))
            return false;
        if (ReferenceEquals(channel.Family, family))
            return true;
        if (family.State.Active is null || !TryMovePrefix(channel, family))
            return false;
        ChainTip? before = channel.Group.Tip;
        Leave(channel);
        Join(channel, family);
        if (!_requiresStandardJobs)
        {
            channel.GroupChannelId = channel.Group.Id;
            Send(new SetGroupChannel { GroupChannelId = channel.Group.Id, ChannelIds = (uint[])[channelId] });
        }
        SendStateTo(channel, keepsJobs ? before : null);
        channel.ReleasePrefixes();
        return true;
    }

    /// <summary>Opens a channel that the policy left to the owner.</summary>
    /// <param name="ticket"><see cref="DeferredOpen.Ticket"/>.</param>
    /// <param name="family">The jobs it gets.</param>
    /// <param name="vardiff">Chooses its target; <see langword="null"/> for one of the server's.</param>
    /// <returns>
    /// The channel; <see langword="null"/> when no such request waits any more, or the family has no room for it, which the
    /// client was told then.
    /// </returns>
    public ServerChannel? CompleteOpen(long ticket, JobFamily family, IVardiff? vardiff = null)
    {
        ArgumentNullException.ThrowIfNull(family);
        return _deferred.Remove(ticket, out DeferredOpen? open) ? Open(open with { Vardiff = vardiff }, family) : null;
    }

    /// <summary>Refuses a channel that the policy left to the owner.</summary>
    /// <param name="ticket"><see cref="DeferredOpen.Ticket"/>.</param>
    /// <param name="errorCode">Told to the client: printable ASCII, at most 255 bytes.</param>
    /// <returns>Whether such a request waited.</returns>
    public bool RefuseOpen(long ticket, Text errorCode)
    {
        if (!_deferred.Remove(ticket, out DeferredOpen? open))
            return false;
        Send(new OpenMiningChannelError { RequestId = open.RequestId, ErrorCode = errorCode });
        return true;
    }

    // Every family without a search space of its own shares the server's, so the prefix can stay.
    private bool TryMovePrefix(ServerChannel channel, JobFamily family)
    {
        ExtranonceAllocator to = family.Extranonces ?? _server.Extranonces;
        if (ReferenceEquals(to, channel.Family.Extranonces ?? _server.Extranonces))
            return true;
        ExtranonceLayout layout = to.Layout;
        int size = channel.Kind == ChannelKind.Standard ? layout.FullSize : layout.FullSize - channel.ExtranonceSize;
        bool fits = channel.Kind == ChannelKind.Standard ? !layout.ExtendedOnly : size >= layout.PrefixSize && size <= ExtranonceLayout.PartSizeMax;
        if (!fits || !to.TryAllocate(size, out ByteString prefix))
            return false;
        channel.ChangePrefix(prefix, to);
        // Whoever gets finished headers has no use for the prefix.
        if (!_requiresStandardJobs)
            Send(new SetExtranoncePrefix { ChannelId = channel.Id, ExtranoncePrefix = prefix });
        return true;
    }

    private void ChangePrefix(ServerChannel channel, ByteString prefix, ExtranonceAllocator owner)
    {
        channel.ChangePrefix(prefix, owner);
        Send(new SetExtranoncePrefix { ChannelId = channel.Id, ExtranoncePrefix = prefix });
        channel.ReleasePrefixes();
    }

    private void Open(in ChannelRequest request, uint requestId, int minExtranonceSize)
    {
        if (CheckOpen(request, minExtranonceSize) is { } code)
        {
            Send(OpenError(requestId, code));
            return;
        }
        ChannelDecision decision = _server.Channels.OnOpen(request);
        if (decision.Family is null && !decision.IsDeferred)
        {
            Send(OpenError(requestId, decision.ErrorCode ?? MiningErrorCodes.UnknownUser));
            return;
        }
        DeferredOpen open = new()
        {
            Ticket = decision.IsDeferred ? ++_lastTicket : 0,
            RequestId = requestId,
            Kind = request.Kind,
            UserIdentity = Text.CopyOf(request.UserIdentity),
            NominalHashRate = request.NominalHashRate,
            MaxTarget = request.MaxTarget,
            MinExtranonceSize = minExtranonceSize,
            Tag = decision.Tag,
            ShareInterval = decision.ShareInterval,
        };
        if (decision.Family is { } family)
        {
            Open(open, family);
            return;
        }
        _deferred.Add(open.Ticket, open);
        _shares.OnOpenDeferred(open);
    }

    private ServerChannel? Open(DeferredOpen open, JobFamily family)
    {
        ExtranonceAllocator extranonces = family.Extranonces ?? _server.Extranonces;
        ExtranonceLayout layout = extranonces.Layout;
        int extranonceSize = 0;
        string? code = open.Kind == ChannelKind.Standard
            ? layout.ExtendedOnly ? MiningErrorCodes.StandardChannelsNotSupported : null
            : layout.TryGrant(open.MinExtranonceSize, out extranonceSize) ? null : MiningErrorCodes.MinExtranonceSizeTooLarge;
        ByteString prefix = default;
        if (code is null && !extranonces.TryAllocate(open.Kind == ChannelKind.Standard ? layout.FullSize : layout.PrefixSizeFor(extranonceSize), out prefix))
            code = MiningErrorCodes.ChannelCapacityExhausted;
        if (code is not null)
        {
            Send(OpenError(open.RequestId, code));
            return null;
        }
        ServerChannel channel = Create(open, extranonceSize, prefix, extranonces);
        Join(channel, family);
        channel.GroupChannelId = channel.Group.Id;
        SetFirstTarget(channel);
        SendOpened(channel, open.RequestId);
        _shares.OnChannelOpened(channel);
        SendStateTo(channel, before: null);
        return channel;
    }

    private string? CheckOpen(in ChannelRequest request, int minExtranonceSize)
    {
        if (request.Kind == ChannelKind.Standard && !_options.StandardChannels)
            return MiningErrorCodes.StandardChannelsNotSupported;
        if (request.Kind == ChannelKind.Extended && (!_options.ExtendedChannels || _requiresStandardJobs))
            return MiningErrorCodes.ExtendedChannelsNotSupported;
        if (CheckNumbers(request.NominalHashRate, request.MaxTarget) is { } code)
            return code;
        if (request.Kind == ChannelKind.Extended && !_server.Extranonces.Layout.TryGrant(minExtranonceSize, out _))
            return MiningErrorCodes.MinExtranonceSizeTooLarge;
        return _channels.Count + _deferred.Count >= _options.ChannelsMax ? MiningErrorCodes.ChannelCapacityExhausted : null;
    }

    private static string? CheckNumbers(float nominalHashRate, in U256 maxTarget)
    {
        if (!float.IsFinite(nominalHashRate) || nominalHashRate < 0)
            return MiningErrorCodes.InvalidNominalHashRate;
        return maxTarget == U256.Zero ? MiningErrorCodes.MaxTargetOutOfRange : null;
    }

    private ServerChannel Create(DeferredOpen open, int extranonceSize, ByteString prefix, ExtranonceAllocator prefixOwner)
    {
        uint id = NextChannelId();
        ServerChannel channel = new(id, open.Kind, open.UserIdentity, extranonceSize, prefix, prefixOwner, _options)
        {
            Tag = open.Tag,
            MaxTarget = open.MaxTarget,
            NominalHashRate = open.NominalHashRate,
            OpenedAt = _server.Time.GetUtcNow(),
            Vardiff = open.Vardiff ?? _server.Vardiff(open.ShareInterval ?? _options.ShareInterval),
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
        bool takesStandardJobs = _requiresStandardJobs || (_options.StandardJobsForAll && channel.Kind == ChannelKind.Standard);
        uint groupId = ChannelGroup.IdOf(family, channel.FullExtranonceSize, takesStandardJobs);
        if (!_groups.TryGetValue(groupId, out ChannelGroup? group))
        {
            group = new ChannelGroup(family, channel.FullExtranonceSize, takesStandardJobs);
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
        _shares.OnChannelUpdated(channel);
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
        channel.ReleasePrefixes();
        _shares.OnChannelClosed(channel);
    }

    private static OpenMiningChannelError OpenError(uint requestId, string code) => new() { RequestId = requestId, ErrorCode = code };

    private static UpdateChannelError UpdateError(uint channelId, string code) => new() { ChannelId = channelId, ErrorCode = code };
}
