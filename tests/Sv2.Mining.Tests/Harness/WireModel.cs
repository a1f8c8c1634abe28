using System.Numerics;

namespace Sv2.Mining.Tests;

/// <summary>
/// What a careful reader of the wire knows: reads the frames a server sends, by the tables of the specification and with
/// no code of the library, and judges shares by the specification's rules. The library is measured against it.
/// </summary>
internal sealed class WireModel(Func<DateTimeOffset> now, TimeSpan grace)
{
    private readonly Dictionary<uint, ModelChannel> _channels = [];
    private readonly HashSet<string> _credited = [];

    public IReadOnlyDictionary<uint, ModelChannel> Channels => _channels;

    /// <summary>Takes a frame in the order in which the server sent it.</summary>
    public void Sent(byte[] frame)
    {
        BinaryReader reader = new(new MemoryStream(frame, 6, frame.Length - 6));
        switch (frame[2])
        {
            case 0x11:
                Open(reader, isStandard: true);
                break;
            case 0x14:
                Open(reader, isStandard: false);
                break;
            case 0x15:
                StandardJob(reader);
                break;
            case 0x18:
                Close(reader.ReadUInt32());
                break;
            case 0x19:
                uint id = reader.ReadUInt32();
                Assert.Equal(_channels[id].Prefix.Length, frame[10]);
                _channels[id].Prefix = reader.ReadBytes(1 + frame[10])[1..];
                break;
            case 0x1c:
                Acknowledge(reader);
                break;
            case 0x1f:
                ExtendedJob(reader);
                break;
            case 0x20:
                PrevHash(reader);
                break;
            case 0x21:
                Target(reader);
                break;
            case 0x25:
                uint group = reader.ReadUInt32();
                for (int left = reader.ReadUInt16(); left > 0; left--)
                    _channels[reader.ReadUInt32()].Group = group;
                break;
            default:
                break;
        }
    }

    /// <summary>The client ends a channel or a group.</summary>
    public void Close(uint id)
    {
        foreach (ModelChannel channel in Addressed(id))
            _channels.Remove(channel.Id);
    }

    /// <summary>Rebuilds the header of a share that was credited, and checks everything the specification asks of it.</summary>
    public void Credited(Accepted share)
    {
        ModelChannel channel = _channels[share.Channel.Id];
        Assert.True(channel.Jobs.TryGetValue(share.JobId, out ModelJob? job), "credited on a job that is not valid on the channel");
        Assert.NotNull(job.Tip);
        byte[] root = job.MerkleRoot ?? Independent.MerkleRoot(job.CoinbasePrefix!, job.ExtranoncePrefix, share.Extranonce, job.CoinbaseSuffix!, job.Path!);
        Assert.Equal(channel.ExtranonceSize, share.Extranonce.Length);
        byte[] header = Independent.Header(share.Version, job.Tip.Hash, root, share.NTime, job.Tip.NBits, share.Nonce);
        byte[] hash = Independent.Sha256d(header);
        Assert.Equal(hash, share.Hash.AsSpan().ToArray());
        Assert.True(_credited.Add(Convert.ToHexString(header)), "the same header was credited twice");

        BigInteger target = Independent.Number(share.Target.AsSpan());
        Assert.True(Independent.Number(hash) <= target, "the hash does not meet the credited target");
        Assert.True(
            job.Target == target || job.Former.Exists(former => former.Target == target && now() < former.Until),
            "credited for a target that was never in force for the job");
        Assert.Equal(0u, (share.Version ^ job.Version) & ~0x1fffffe0u);
        Assert.InRange(share.NTime, job.MinNTime, Math.Max(job.MinNTime, now().ToUnixTimeSeconds()) + 7200);
        channel.Credited++;
    }

    /// <summary>A custom job was accepted: the client knows what is in it.</summary>
    public void Custom(uint channelId, ModelJob job)
    {
        ModelChannel channel = _channels[channelId];
        job.Target = channel.Target;
        job.ExtranoncePrefix = channel.Prefix;
        Assert.True(channel.Jobs.TryAdd(job.Id, job), "a job id was given out twice");
    }

    private IEnumerable<ModelChannel> Addressed(uint id) =>
        [.. _channels.Values.Where(channel => channel.Id == id || channel.Group == id)];

    private void Open(BinaryReader reader, bool isStandard)
    {
        reader.ReadUInt32();
        ModelChannel channel = new() { Id = reader.ReadUInt32(), Target = Number(reader), IsStandard = isStandard };
        if (!isStandard)
            channel.ExtranonceSize = reader.ReadUInt16();
        channel.Prefix = reader.ReadBytes(reader.ReadByte());
        channel.Group = reader.ReadUInt32();
        Assert.True(_channels.TryAdd(channel.Id, channel), "a channel id was given out twice");
        Assert.False(_channels.ContainsKey(channel.Group), "a group has the id of a channel");
        Assert.Equal(reader.BaseStream.Length, reader.BaseStream.Position);
    }

    private void StandardJob(BinaryReader reader)
    {
        ModelChannel channel = _channels[reader.ReadUInt32()];
        Assert.True(channel.IsStandard, "NewMiningJob to a channel that is not standard");
        uint id = reader.ReadUInt32();
        uint? minNTime = Option(reader);
        ModelJob job = new() { Id = id, Version = reader.ReadUInt32(), MerkleRoot = reader.ReadBytes(32) };
        Add(channel, job, minNTime);
    }

    private void ExtendedJob(BinaryReader reader)
    {
        uint address = reader.ReadUInt32();
        uint id = reader.ReadUInt32();
        uint? minNTime = Option(reader);
        uint version = reader.ReadUInt32();
        reader.ReadByte();
        byte[][] path = [.. Enumerable.Range(0, reader.ReadByte()).Select(_ => reader.ReadBytes(32))];
        byte[] prefix = reader.ReadBytes(reader.ReadUInt16());
        byte[] suffix = reader.ReadBytes(reader.ReadUInt16());
        List<ModelChannel> channels = [.. Addressed(address)];
        Assert.NotEmpty(channels);
        Assert.Single(channels.Select(channel => channel.Prefix.Length + channel.ExtranonceSize).Distinct());
        foreach (ModelChannel channel in channels)
        {
            Assert.False(channel.IsStandard && channel.Id == address, "NewExtendedMiningJob to a standard channel");
            Add(channel, new ModelJob { Id = id, Version = version, Path = path, CoinbasePrefix = prefix, CoinbaseSuffix = suffix }, minNTime);
        }
    }

    private static void Add(ModelChannel channel, ModelJob job, uint? minNTime)
    {
        // Only a channel that comes back to a group is sent a job again, and then as a future one.
        if (channel.Jobs.Remove(job.Id, out ModelJob? again))
            Assert.True(minNTime is null && again.Tip is not null, "the id of a valid job was used again");
        if (channel.Jobs.Count == 0 && channel.Tip is null)
            Assert.Null(minNTime);
        job.Target = channel.Target;
        job.ExtranoncePrefix = channel.Prefix;
        job.SentAsFuture = minNTime is null;
        if (minNTime is { } start)
        {
            job.Tip = channel.Tip ?? throw new InvalidOperationException("a job was active before any previous hash");
            job.MinNTime = start;
            channel.Newest = job;
        }
        channel.Jobs.Add(job.Id, job);
    }

    private void PrevHash(BinaryReader reader)
    {
        uint address = reader.ReadUInt32();
        uint jobId = reader.ReadUInt32();
        ModelTip tip = new(reader.ReadBytes(32), reader.ReadUInt32(), reader.ReadUInt32());
        foreach (ModelChannel channel in Addressed(address))
        {
            ModelJob job = channel.Jobs[jobId];
            Assert.True(job is { SentAsFuture: true, Tip: null }, "SetNewPrevHash for a job that is not a future one");
            bool sameTip = channel.Tip is { } before && before.Hash.SequenceEqual(tip.Hash);
            foreach (ModelJob other in channel.Jobs.Values.Where(other => other != job && (!sameTip || other.Tip is null)).ToList())
                channel.Jobs.Remove(other.Id);
            channel.Tip = tip;
            job.Tip = tip;
            job.MinNTime = tip.MinNTime;
            channel.Newest = job;
        }
    }

    private void Target(BinaryReader reader)
    {
        uint address = reader.ReadUInt32();
        BigInteger target = Number(reader);
        foreach (ModelChannel channel in Addressed(address))
        {
            channel.Target = target;
            foreach (ModelJob job in channel.Jobs.Values.Where(job => job.SentAsFuture))
            {
                job.Former.Add((job.Target, now() + grace));
                job.Target = target;
            }
        }
    }

    private void Acknowledge(BinaryReader reader)
    {
        ModelChannel channel = _channels[reader.ReadUInt32()];
        reader.ReadUInt32();
        uint count = reader.ReadUInt32();
        Assert.NotEqual(0u, count);
        channel.Acknowledged += count;
        Assert.True(channel.Acknowledged <= channel.Credited, "more acknowledged than credited");
    }

    private static uint? Option(BinaryReader reader) => reader.ReadByte() == 0 ? null : reader.ReadUInt32();

    private static BigInteger Number(BinaryReader reader) => Independent.Number(reader.ReadBytes(32));
}

internal sealed class ModelChannel
{
    public uint Id { get; init; }

    public bool IsStandard { get; init; }

    public uint Group { get; set; }

    public byte[] Prefix { get; set; } = [];

    public int ExtranonceSize { get; set; }

    public BigInteger Target { get; set; }

    public ModelTip? Tip { get; set; }

    public ModelJob? Newest { get; set; }

    public Dictionary<uint, ModelJob> Jobs { get; } = [];

    public long Credited { get; set; }

    public long Acknowledged { get; set; }
}

internal sealed class ModelJob
{
    public uint Id { get; init; }

    public uint Version { get; init; }

    public byte[]? MerkleRoot { get; init; }

    public byte[][]? Path { get; init; }

    public byte[]? CoinbasePrefix { get; init; }

    public byte[]? CoinbaseSuffix { get; init; }

    public byte[] ExtranoncePrefix { get; set; } = [];

    public BigInteger Target { get; set; }

    public List<(BigInteger Target, DateTimeOffset Until)> Former { get; } = [];

    public bool SentAsFuture { get; set; }

    public ModelTip? Tip { get; set; }

    public uint MinNTime { get; set; }
}

internal sealed record ModelTip(byte[] Hash, uint MinNTime, uint NBits);
