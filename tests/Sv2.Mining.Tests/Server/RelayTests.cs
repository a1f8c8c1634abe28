using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

/// <summary>Jobs that came from an upstream, given out to a proxy's own clients.</summary>
public class RelayTests
{
    private static readonly ByteString UpstreamPrefix = new byte[] { 0xe0, 1, 2, 3, 4 };

    private static ExtendedJob Job(ulong id, int fullSize)
    {
        CoinbaseSplit split = new CoinbaseTemplate
        {
            Version = 2,
            CoinbasePrefix = CoinbaseRules.HeightPush(200),
            Sequence = uint.MaxValue,
            Outputs = [new TxOutput(id, Script.PayToWitness(0, new byte[20])), WitnessCommitment.Output(U256.FromLimbs(id))],
            LockTime = 0,
        }.Split(fullSize);
        return new ExtendedJob(0x2000_0000, true, [U256.FromLimbs(id, 9)], split.StrippedPrefix, split.StrippedSuffix);
    }

    /// <summary>A family fed by an upstream channel of a prefix and a size, with a tip and an active job.</summary>
    private static JobFamily Relay(Bench bench, ByteString prefix, int size, int own, ulong seed = 1, object? tag = null)
    {
        JobFamily family = bench.Jobs.CreateRelay(new ExtranonceAllocator(ExtranonceLayout.Relay(prefix, size, own, clientSize: 8)));
        Feed(bench, family, seed, tag);
        return family;
    }

    private static void Feed(Bench bench, JobFamily family, ulong seed, object? tag = null)
    {
        Assert.True(family.TryAddJob(Job(seed, family.Extranonces!.Layout.FullSize), minNTime: null, tag, out SharedJob? job, out string? error), error);
        Assert.True(family.TryActivate(job, new ChainTip(U256.FromLimbs(0xb10c), bench.Now, 0x1d00ffff, U256.FromLimbs(1))));
        bench.Refresh();
    }

    [Theory]
    [Trait("spec", "219")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_share_gives_an_upstream_extranonce_of_exact_size_that_leads_to_the_same_header(bool extended)
    {
        Bench bench = new();
        object tag = new();
        JobFamily family = Relay(bench, UpstreamPrefix, size: 12, own: 3, tag: tag);
        bench.Policy.Decide = _ => ChannelDecision.Accept(family);
        Link link = bench.Connect();
        ClientChannel channel = extended ? link.OpenExtended(minExtranonceSize: 4) : link.OpenStandard();
        Assert.Equal(17, channel.ExtranoncePrefix.Length + channel.ExtranonceSize);
        Assert.Equal(extended ? 8 : 0, channel.ExtranonceSize);

        link.Mine(channel);

        AcceptedWithJob accepted = Assert.Single(link.Sink.WithJobs);
        Assert.Same(tag, accepted.Tag);
        byte[] upstreamExtranonce = [.. accepted.Prefix.Span[UpstreamPrefix.Length..], .. accepted.Extranonce];
        Assert.Equal(12, upstreamExtranonce.Length);
        U256 root = Job(1, 17).MerkleRoot(UpstreamPrefix.Span, upstreamExtranonce);
        BlockHeader header = new(accepted.Version, U256.FromLimbs(0xb10c), root, accepted.NTime, 0x1d00ffff, accepted.Nonce);
        Assert.Equal(accepted.Hash, header.Hash());
    }

    [Fact]
    [Trait("spec", "137")]
    public void Clients_of_one_upstream_channel_get_prefixes_that_differ_and_begin_with_its_own()
    {
        Bench bench = new();
        JobFamily family = Relay(bench, UpstreamPrefix, size: 12, own: 2);
        bench.Policy.Decide = _ => ChannelDecision.Accept(family);
        Link link = bench.Connect();
        ByteString[] prefixes = [.. Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? link.OpenExtended() : link.OpenStandard()).ExtranoncePrefix)];

        Assert.Equal(20, prefixes.Select(prefix => prefix.Span[..7].ToArray()).Select(Convert.ToHexString).Distinct().Count());
        Assert.All(prefixes, prefix => Assert.Equal(UpstreamPrefix, (ByteString)prefix.Span[..5].ToArray()));
    }

    [Theory]
    [Trait("spec", "179"), Trait("spec", "181")]
    [InlineData(5, 12, MiningSetupFlags.RequiresStandardJobs)]
    [InlineData(5, 12, (MiningSetupFlags)0)]
    [InlineData(9, 16, (MiningSetupFlags)0)]
    [InlineData(3, 10, (MiningSetupFlags)0)]
    public void A_client_follows_to_another_upstream_without_a_break_and_its_shares_are_good(int prefixSize, int size, MiningSetupFlags flags)
    {
        Bench bench = new();
        JobFamily first = Relay(bench, UpstreamPrefix, size: 12, own: 2, tag: "first");
        bench.Policy.Decide = _ => ChannelDecision.Accept(first);
        Link link = bench.Connect(flags);
        ClientChannel[] channels = flags == 0 ? [link.OpenStandard(), link.OpenExtended(), link.OpenExtended()] : [link.OpenStandard(), link.OpenStandard()];
        Array.ForEach(channels, channel => link.Mine(channel));

        byte[] prefix = new byte[prefixSize];
        prefix[0] = 0xaa;
        JobFamily second = Relay(bench, prefix, size, own: 2, seed: 2, tag: "second");
        foreach (ClientChannel channel in channels)
            Assert.True(link.Server.MoveChannel(channel.Id, second, keepsJobs: true));
        link.Pump();

        foreach (ClientChannel channel in channels)
        {
            link.Mine(channel);
            // Header-only devices keep the prefix that they have no use for.
            if (flags == 0)
                Assert.Equal(prefixSize + size, channel.ExtranoncePrefix.Length + channel.ExtranonceSize);
        }

        Assert.Empty(link.Events.Violations);
        Assert.Equal(["first", "second"], link.Sink.WithJobs.Select(share => (string)share.Tag!).Distinct());
        Assert.Equal(2 * channels.Length, link.Sink.Accepted.Count);
        // The next block reaches the whole group by one message.
        Feed(bench, second, 3, "third");
        link.Pump();
        Array.ForEach(channels, channel => link.Mine(channel));
        Assert.Equal(3 * channels.Length, link.Sink.Accepted.Count);
        bench.Disconnect(link);
        Assert.Equal((0, 0), (first.Extranonces!.InUse, second.Extranonces!.InUse));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Late_shares_of_the_upstream_left_are_good_as_long_as_it_takes_them(bool keepsJobs)
    {
        Bench bench = new();
        JobFamily first = Relay(bench, UpstreamPrefix, size: 12, own: 2, tag: "first");
        bench.Policy.Decide = _ => ChannelDecision.Accept(first);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        Found late = Found.On(channel.Work!, channel.Target);

        Assert.True(link.Server.MoveChannel(channel.Id, Relay(bench, UpstreamPrefix, size: 12, own: 2, seed: 2), keepsJobs));
        link.SayShare(late, 1);

        if (keepsJobs)
            Assert.Equal("first", Assert.Single(link.Sink.WithJobs).Tag);
        else
            Assert.Equal(ShareRejection.Stale, Assert.Single(link.Sink.Refused).Reason);
    }

    [Fact]
    public void A_client_whose_extranonce_does_not_fit_the_other_upstream_stays_where_it_is()
    {
        Bench bench = new();
        JobFamily first = Relay(bench, UpstreamPrefix, size: 12, own: 2);
        bench.Policy.Decide = _ => ChannelDecision.Accept(first);
        Link link = bench.Connect();
        ClientChannel wide = link.OpenExtended(minExtranonceSize: 10);
        ClientChannel narrow = link.OpenExtended(minExtranonceSize: 4);
        JobFamily second = Relay(bench, UpstreamPrefix, size: 10, own: 2, seed: 2);

        Assert.False(link.Server.MoveChannel(wide.Id, second));
        Assert.True(link.Server.MoveChannel(narrow.Id, second));
    }

    [Fact]
    public void A_deferred_channel_opens_or_is_refused_when_the_owner_says_so()
    {
        Bench bench = new();
        bench.Policy.Decide = _ => ChannelDecision.Defer();
        Link link = bench.Connect();
        link.Client.OpenExtendedChannel("one", 5, U256.MaxValue, 4);
        link.Client.OpenStandardChannel("two", 5, U256.MaxValue);
        link.Pump();
        Assert.Equal(2, link.Sink.Deferred.Count);
        Assert.Empty(link.Events.Opened);

        JobFamily family = Relay(bench, UpstreamPrefix, size: 6, own: 0);
        Assert.NotNull(link.Server.CompleteOpen(link.Sink.Deferred[0].Ticket, family));
        Assert.True(link.Server.RefuseOpen(link.Sink.Deferred[1].Ticket, "no"));
        Assert.False(link.Server.RefuseOpen(link.Sink.Deferred[1].Ticket, "no"));
        link.Pump();

        ClientChannel channel = Assert.Single(link.Events.Opened);
        Assert.Equal((UpstreamPrefix, 6), (channel.ExtranoncePrefix, channel.ExtranonceSize));
        Assert.NotNull(channel.Work);
        Assert.Equal("no", Assert.Single(link.Events.OpenRefused).Code);
    }

    [Fact]
    public void Shares_are_answered_one_by_one_and_a_late_refusal_takes_the_credit_back()
    {
        Bench bench = Bench.Running(new MiningServerOptions { AckBatchSize = 1 });
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        uint[] sequences = [.. Enumerable.Range(0, 4).Select(_ => link.Mine(channel))];

        Assert.True(link.Server.AcknowledgeShare(3));
        Assert.True(link.Server.RefuseShare(2, "stale-share"));
        Assert.False(link.Server.RefuseShare(3, "stale-share"));
        link.Server.AcknowledgeThrough(4);
        Assert.False(link.Server.AcknowledgeShare(4));
        link.Pump();

        Assert.Equal(3, channel.Accepted);
        (_, uint refused, string code) = Assert.Single(link.Events.Rejected);
        Assert.Equal((sequences[1], "stale-share"), (refused, code));
        ServerChannel server = link.ServerSide(channel);
        Assert.Equal((3, 1, 0), (server.AcceptedShares, server.Rejected(ShareRejection.RefusedUpstream), link.Server.PendingShares));
    }

    [Fact]
    [Trait("spec", "184")]
    public void A_standard_job_of_an_upstream_goes_to_its_channel_as_it_came()
    {
        Bench bench = new();
        ByteString prefix = new byte[16];
        JobFamily family = bench.Jobs.CreateRelay(new ExtranonceAllocator(ExtranonceLayout.Relay(prefix, 0, 0)));
        U256 root = U256.FromLimbs(77);
        Assert.True(family.TryAddHeaderJob(0x2000_0000, true, root, null, "job", out SharedJob? job, out _));
        Assert.True(family.TryActivate(job, new ChainTip(U256.FromLimbs(1), bench.Now, 0x1d00ffff, U256.FromLimbs(1))));
        bench.Policy.Decide = _ => ChannelDecision.Accept(family);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();

        Assert.Equal(root, channel.Work!.MerkleRoot());
        link.Mine(channel);
        Assert.Equal("job", Assert.Single(link.Sink.WithJobs).Tag);
        Assert.True(family.TryAddHeaderJob(0x2000_0000, true, U256.FromLimbs(78), bench.Now, "next", out _, out _));
        bench.Refresh();
        link.Pump();
        Assert.Equal(U256.FromLimbs(78), channel.Work!.MerkleRoot());
    }

    [Fact]
    public void Released_families_make_room_for_others()
    {
        JobFactory jobs = new();
        ExtranonceLayout layout = ExtranonceLayout.Relay(UpstreamPrefix, 8, 0);
        JobFamily first = jobs.CreateRelay(new ExtranonceAllocator(layout));
        jobs.Release(first);
        jobs.Release(first);

        Assert.Equal(first.Ordinal, jobs.CreateRelay(new ExtranonceAllocator(layout)).Ordinal);
        Assert.NotEqual(first.Ordinal, jobs.CreateRelay(new ExtranonceAllocator(layout)).Ordinal);
    }

    [Fact]
    public void A_job_whose_coinbase_does_not_hold_together_is_refused_by_name()
    {
        Bench bench = new();
        JobFamily family = bench.Jobs.CreateRelay(new ExtranonceAllocator(ExtranonceLayout.Relay(UpstreamPrefix, 12, 2)));

        Assert.False(family.TryAddJob(Job(1, 18), null, null, out _, out string? error));

        Assert.NotNull(error);
    }
}
