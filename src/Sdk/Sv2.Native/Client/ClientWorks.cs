using Sv2.Mining.Client;

namespace Sv2.Native.Client;

/// <summary>The work that shares can still be submitted on: C names it by channel and job.</summary>
internal sealed class ClientWorks
{
    private const int PerChannelMax = 32;

    private readonly Dictionary<uint, List<MiningWork>> _channels = [];

    /// <summary>Remembers a channel's work, and says whether it is for another block than the work before.</summary>
    public bool Add(MiningWork work)
    {
        if (!_channels.TryGetValue(work.Channel.Id, out var known))
            _channels.Add(work.Channel.Id, known = []);
        var isNewBlock = known.Count == 0 || known[^1].PrevHash != work.PrevHash;
        if (isNewBlock)
            known.Clear();
        // The same job comes again when its target changes.
        known.RemoveAll(one => one.JobId == work.JobId);
        if (known.Count == PerChannelMax)
            known.RemoveAt(0);
        known.Add(work);
        return isNewBlock;
    }

    public MiningWork? Find(uint channelId, uint jobId) =>
        _channels.TryGetValue(channelId, out var known) ? known.Find(work => work.JobId == jobId) : null;

    /// <summary>The work that came last.</summary>
    public MiningWork? Latest(uint channelId) =>
        _channels.TryGetValue(channelId, out var known) && known.Count > 0 ? known[^1] : null;

    public void Remove(uint channelId) => _channels.Remove(channelId);
}
