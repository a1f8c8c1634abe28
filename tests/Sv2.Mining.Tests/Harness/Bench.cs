using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.TestKit;

namespace Sv2.Mining.Tests;

/// <summary>
/// A mining server with one family, and clients to connect to it. Frames go back and forth only when <see cref="Pump"/>
/// is called, so that a test can look at what is in flight.
/// </summary>
internal sealed class Bench
{
    private readonly List<Link> _links = [];
    private ulong _lastTemplate;
    private uint _lastTip;

    public Bench(
        MiningServerOptions? options = null,
        U256? shareTarget = null,
        ExtranonceLayout? layout = null,
        JobFactoryOptions? jobOptions = null,
        VardiffFactory? vardiff = null,
        ICustomJobPolicy? customJobs = null)
    {
        Jobs = new JobFactory(jobOptions);
        Family = Jobs.CreateFamily(Templates.PayAll);
        Policy = new TestPolicy(this);
        Extranonces = new ExtranonceAllocator(layout);
        ShareTarget = shareTarget ?? Templates.Easy(4);
        Server = new MiningServer(
            options ?? new MiningServerOptions(), Jobs, Extranonces, Policy, Clock, vardiff ?? (_ => new FixedVardiff(ShareTarget)), customJobs);
    }

    public ManualTimeProvider Clock { get; } = new();

    public JobFactory Jobs { get; }

    public JobFamily Family { get; }

    public TestPolicy Policy { get; }

    public ExtranonceAllocator Extranonces { get; }

    public U256 ShareTarget { get; }

    public MiningServer Server { get; }

    public ChainTip Tip => Family.State.Tip!;

    public uint Now => (uint)Clock.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>A bench with a tip and an active job.</summary>
    public static Bench Running(
        MiningServerOptions? options = null,
        U256? shareTarget = null,
        ExtranonceLayout? layout = null,
        JobFactoryOptions? jobOptions = null,
        VardiffFactory? vardiff = null,
        ICustomJobPolicy? customJobs = null,
        U256? networkTarget = null)
    {
        Bench bench = new(options, shareTarget, layout, jobOptions, vardiff, customJobs);
        bench.NewBlock(networkTarget);
        return bench;
    }

    public Link Connect(MiningSetupFlags flags = 0)
    {
        Link link = new(this, flags);
        _links.Add(link);
        return link;
    }

    public void Disconnect(Link link)
    {
        link.Server.Dispose();
        _links.Remove(link);
    }

    /// <summary>A template for the next block, made known to all.</summary>
    public SharedJob AddFuture(JobFamily? family = null) => Add(future: true, family);

    /// <summary>A better template for the present block.</summary>
    public SharedJob AddActive(JobFamily? family = null) => Add(future: false, family);

    /// <summary>A block was found elsewhere: the newest future job becomes active.</summary>
    public ChainTip NewBlock(U256? networkTarget = null, JobFamily? family = null)
    {
        family ??= Family;
        if (family.State.Futures.IsEmpty)
            AddFuture(family);
        ChainTip tip = Templates.Tip(++_lastTip, Now, networkTarget);
        Assert.True(family.TryActivate(family.State.Futures[^1].TemplateId, tip));
        Extranonces.OnNewTip();
        Refresh();
        return tip;
    }

    /// <summary>Puts other families on the present tip.</summary>
    public void Follow(JobFamily family)
    {
        SharedJob job = Add(future: true, family);
        Assert.True(family.TryActivate(job.TemplateId, Tip));
        Refresh();
    }

    public void Refresh()
    {
        foreach (Link link in _links)
            link.Server.Refresh();
    }

    public void Advance(TimeSpan time)
    {
        Clock.Advance(time);
        foreach (Link link in _links)
            link.Server.Tick();
    }

    private SharedJob Add(bool future, JobFamily? family)
    {
        Assert.True((family ?? Family).TryAddTemplate(Templates.Template(++_lastTemplate, future), out SharedJob? job, out string? error), error);
        Refresh();
        return job!;
    }
}

/// <summary>Accepts everyone, for the family a test chooses.</summary>
internal sealed class TestPolicy(Bench bench) : IChannelPolicy
{
    public Func<string, ChannelDecision>? Decide { get; set; }

    public int Asked { get; private set; }

    public ChannelDecision OnOpen(in ChannelRequest request)
    {
        Asked++;
        return Decide?.Invoke(Text.CopyOf(request.UserIdentity).ToString()) ?? ChannelDecision.Accept(bench.Family);
    }
}

/// <summary>One connection: a server session and a client session with the frames between them.</summary>
internal sealed class Link
{
    private uint _lastRequest = 1000;

    public Link(Bench bench, MiningSetupFlags flags)
    {
        Bench = bench;
        Server = bench.Server.CreateSession(flags, ToClient, Sink);
        Client = new MiningClientSession(ToServer, Events, bench.Clock, bench.Server.SuccessFlags);
    }

    public Bench Bench { get; }

    public MiningServerSession Server { get; }

    public MiningClientSession Client { get; }

    public RecordingOutput ToClient { get; } = new();

    public RecordingOutput ToServer { get; } = new();

    public RecordingSink Sink { get; } = new();

    public RecordingEvents Events { get; } = new();

    /// <summary>Told when a CloseChannel of the client's reaches the server.</summary>
    public Action<uint>? Closing { get; set; }

    /// <summary>Hands on all frames in flight, and those they cause.</summary>
    public void Pump()
    {
        while (DeliverToServer() | DeliverToClient())
        {
        }
    }

    public bool DeliverToServer()
    {
        bool any = false;
        while (ToServer.Undelivered.TryDequeue(out byte[]? frame))
        {
            any = true;
            Give(frame, Server);
        }
        return any;
    }

    public bool DeliverToClient()
    {
        bool any = false;
        while (DeliverOneToClient())
            any = true;
        return any;
    }

    public bool DeliverOneToClient()
    {
        if (!ToClient.Undelivered.TryDequeue(out byte[]? frame))
            return false;
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        DispatchResult result = MiningDispatcher.DispatchToClient(header, frame.AsSpan(FrameHeader.Size), Client);
        Assert.Equal(DispatchOutcome.Handled, result.Outcome);
        return true;
    }

    /// <summary>Gives the server a message that no client session made.</summary>
    public void Say<T>(in T message, ReadOnlySpan<byte> tlvs = default) where T : IMessage<T> => Give(Frame.ToArray(message, tlvs), Server);

    /// <summary>Gives the client a message that no server session made.</summary>
    public void Tell<T>(in T message) where T : IMessage<T>
    {
        ToClient.Undelivered.Enqueue(Frame.ToArray(message));
        DeliverToClient();
    }

    public ClientChannel OpenStandard(U256? maxTarget = null, float hashRate = 0, string user = "user.worker")
    {
        Client.OpenStandardChannel(user, hashRate, maxTarget ?? U256.MaxValue);
        Pump();
        return Events.Opened[^1];
    }

    public ClientChannel OpenExtended(ushort minExtranonceSize = 0, U256? maxTarget = null, float hashRate = 0, string user = "user.worker")
    {
        Client.OpenExtendedChannel(user, hashRate, maxTarget ?? U256.MaxValue, minExtranonceSize);
        Pump();
        return Events.Opened[^1];
    }

    /// <summary>Opens a channel without a client session.</summary>
    public void SayOpen(ChannelKind kind, U256 maxTarget, float hashRate = 0, ushort minExtranonceSize = 0, uint? requestId = null)
    {
        uint request = requestId ?? ++_lastRequest;
        if (kind == ChannelKind.Standard)
            Say(new OpenStandardMiningChannel { RequestId = request, UserIdentity = "raw", NominalHashRate = hashRate, MaxTarget = maxTarget });
        else
            Say(new OpenExtendedMiningChannel { RequestId = request, UserIdentity = "raw", NominalHashRate = hashRate, MaxTarget = maxTarget, MinExtranonceSize = minExtranonceSize });
    }

    public ServerChannel ServerSide(ClientChannel channel) => Server.FindChannel(channel.Id)!;

    /// <summary>Finds a share on the channel's present work and submits it.</summary>
    public uint Mine(ClientChannel channel, U256? target = null) => Submit(Found.On(channel.Work!, target ?? channel.Work!.Target));

    public uint Submit(Found found)
    {
        Assert.True(Client.TrySubmit(found.Work, found.Nonce, found.NTime, found.Version, found.Extranonce, out uint sequence));
        Pump();
        return sequence;
    }

    /// <summary>Submits a share past the client session's own checks.</summary>
    public void SayShare(Found found, uint sequence, uint? jobId = null, uint? channelId = null)
    {
        if (found.Work.Channel.Kind == ChannelKind.Standard)
            Say(found.Standard(sequence) with { JobId = jobId ?? found.Work.JobId, ChannelId = channelId ?? found.Work.Channel.Id });
        else
            Say(found.Extended(sequence) with { JobId = jobId ?? found.Work.JobId, ChannelId = channelId ?? found.Work.Channel.Id });
    }

    public void AckAll()
    {
        if (Sink.Accepted.Count > 0)
            Server.AcknowledgeThrough(Sink.Accepted[^1].ShareNumber);
        Pump();
    }

    private void Give(byte[] frame, MiningServerSession server)
    {
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        if (RecordingOutput.Is<CloseChannel>(frame))
            Closing?.Invoke(RecordingOutput.Decode<CloseChannel>(frame).ChannelId);
        DispatchResult result = MiningDispatcher.DispatchToServer(header, frame.AsSpan(FrameHeader.Size), server);
        Assert.Equal(DispatchOutcome.Handled, result.Outcome);
    }
}

/// <summary>A header that somebody found.</summary>
internal sealed record Found(MiningWork Work, uint Nonce, uint NTime, uint Version, byte[] Extranonce)
{
    private static uint _salt;

    /// <summary>Searches for a hash up to <paramref name="target"/> and above <paramref name="above"/>.</summary>
    public static Found On(MiningWork work, U256 target, U256? above = null, uint? nTime = null, uint? version = null)
    {
        // Every search starts elsewhere, so that no two of them find the same header.
        byte[] extranonce = new byte[work.ExtranonceSize];
        uint salt = Interlocked.Increment(ref _salt);
        if (extranonce.Length >= 4)
            BitConverter.TryWriteBytes(extranonce, salt);
        uint rolled = version ?? work.Version ^ ((salt << 5) & work.VersionMask);
        BlockHeader header = new(rolled, work.PrevHash, work.MerkleRoot(extranonce), nTime ?? work.MinNTime, work.NBits, salt << 16);
        for (int tries = 0; tries < 5_000_000; tries++, header = header with { Nonce = header.Nonce + 1 })
        {
            U256 hash = header.Hash();
            if (hash <= target && (above is not { } floor || hash > floor))
                return new Found(work, header.Nonce, header.NTime, header.Version, extranonce);
        }
        throw new InvalidOperationException("no such header found; the test's target is too hard");
    }

    public BlockHeader Header => new(Version, Work.PrevHash, Work.MerkleRoot(Extranonce), NTime, Work.NBits, Nonce);

    public SubmitSharesStandard Standard(uint sequence) => new()
    {
        ChannelId = Work.Channel.Id,
        SequenceNumber = sequence,
        JobId = Work.JobId,
        Nonce = Nonce,
        NTime = NTime,
        Version = Version,
    };

    public SubmitSharesExtended Extended(uint sequence) => new()
    {
        ChannelId = Work.Channel.Id,
        SequenceNumber = sequence,
        JobId = Work.JobId,
        Nonce = Nonce,
        NTime = NTime,
        Version = Version,
        Extranonce = Extranonce,
    };
}
