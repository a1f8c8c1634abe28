using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

public sealed class ExtranonceTests
{
    [Fact]
    [Trait("spec", "137")]
    public void Ten_thousand_channels_have_prefixes_none_of_which_starts_another()
    {
        Bench bench = Bench.Running();
        HashSet<string> unique = [];
        List<byte[]> prefixes = [];
        for (int connection = 0; connection < 10; connection++)
        {
            Link link = bench.Connect();
            for (int i = 0; i < 1000; i++)
                link.SayOpen(i % 2 == 0 ? ChannelKind.Standard : ChannelKind.Extended, U256.MaxValue, minExtranonceSize: (ushort)(i % 16));
            prefixes.AddRange(link.Server.Channels.Select(channel => channel.ExtranoncePrefix.ToArray()));
        }

        Assert.Equal(10_000, prefixes.Count);
        int shortest = prefixes.Min(prefix => prefix.Length);
        // Different within the shortest length: so neither equal nor the start of each other.
        Assert.All(prefixes, prefix => Assert.True(unique.Add(Convert.ToHexString(prefix.AsSpan(0, shortest)))));
    }

    [Fact]
    [Trait("spec", "137")]
    public void Prefixes_come_back_when_channels_close_and_when_the_connection_ends()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel closed = link.OpenStandard();
        link.OpenExtended();
        link.OpenStandard();
        Assert.Equal(3, bench.Extranonces.InUse);

        link.Client.CloseChannel(closed);
        link.Pump();
        Assert.Equal(2, bench.Extranonces.InUse);
        bench.Disconnect(link);
        Assert.Equal(0, bench.Extranonces.InUse);
        link.Server.Dispose();
    }

    [Fact]
    [Trait("spec", "216")]
    public void A_prefix_is_not_given_out_twice_on_one_tip()
    {
        ExtranonceAllocator allocator = new(new ExtranonceLayout { UniqueSize = 1 });
        HashSet<ByteString> given = [];
        for (int i = 0; i < 256; i++)
        {
            Assert.True(allocator.TryAllocate(12, out ByteString prefix));
            Assert.True(given.Add(prefix));
            allocator.Release(prefix);
        }
        Assert.False(allocator.TryAllocate(12, out _));
        allocator.OnNewTip();
        Assert.True(allocator.TryAllocate(12, out _));
    }

    [Fact]
    [Trait("spec", "216")]
    public void A_prefix_that_outlived_a_tip_rests_until_the_next_one()
    {
        ExtranonceAllocator allocator = new(new ExtranonceLayout { UniqueSize = 1 });
        ByteString[] all = [.. Enumerable.Range(0, 256).Select(_ => allocator.TryAllocate(12, out ByteString prefix) ? prefix : default)];
        allocator.OnNewTip();
        // The next value to be tried would be the first one; released now, it may have shares on this tip.
        allocator.Release(all[0]);
        Assert.False(allocator.TryAllocate(12, out _));
        allocator.OnNewTip();
        Assert.True(allocator.TryAllocate(12, out ByteString again));
        Assert.Equal(all[0], again);
    }

    [Fact]
    public void Releasing_what_is_not_in_use_is_refused()
    {
        ExtranonceAllocator allocator = new();
        Assert.True(allocator.TryAllocate(4, out ByteString prefix));
        allocator.Release(prefix);
        Assert.Throws<InvalidOperationException>(() => allocator.Release(prefix));
    }

    [Fact]
    [Trait("spec", "137")]
    public void Random_allocation_and_release_over_many_tips_never_collides_within_one()
    {
        Random random = new(5);
        ExtranonceAllocator allocator = new(new ExtranonceLayout { UniqueSize = 1 });
        List<ByteString> live = [];
        HashSet<ByteString> onThisTip = [];
        for (int step = 0; step < 50_000; step++)
        {
            int action = random.Next(100);
            if (action == 0)
            {
                allocator.OnNewTip();
                onThisTip = [.. live];
            }
            else if (action < 40 && live.Count > 0)
            {
                int index = random.Next(live.Count);
                allocator.Release(live[index]);
                live.RemoveAt(index);
            }
            else if (allocator.TryAllocate(4, out ByteString prefix))
            {
                Assert.True(onThisTip.Add(prefix), "given out twice on one tip");
                live.Add(prefix);
            }
            Assert.Equal(live.Count, allocator.InUse);
        }
    }

    [Fact]
    [Trait("spec", "163")]
    public void Three_nested_proxies_divide_the_pools_extranonce_without_rest()
    {
        ExtranonceLayout pool = new() { UniqueSize = 4, ClientSize = 12, ClientSizeMax = 12 };
        ByteString prefix = Allocate(pool, pool.PrefixSize);
        int left = pool.ClientSize;
        foreach (int local in (int[])[4, 3, 2])
        {
            // Each layer takes its own bytes from what the one above left.
            ExtranonceLayout layer = new() { FixedPrefix = prefix, UniqueSize = local, ClientSize = left - local, ClientSizeMax = left - local };
            Assert.Equal(pool.FullSize, layer.FullSize);
            // A standard channel consumes everything.
            Assert.Equal(pool.FullSize, Allocate(layer, layer.FullSize).Length);
            prefix = Allocate(layer, layer.PrefixSize);
            left = layer.ClientSize;
        }
        Assert.Equal(pool.FullSize, prefix.Length + left);
    }

    [Fact]
    [Trait("spec", "167")]
    [Trait("spec", "380")]
    public void No_layout_can_exceed_the_wire_or_the_hundred_bytes_of_a_scriptSig()
    {
        for (int fixedSize = 0; fixedSize <= 34; fixedSize++)
            for (int unique = 0; unique <= 9; unique++)
                for (int client = 0; client <= 34; client += 2)
                    for (int tag = 0; tag <= 90; tag += 15)
                    {
                        ExtranonceLayout layout = new() { FixedPrefix = new byte[fixedSize], UniqueSize = unique, ClientSize = client, ClientSizeMax = client };
                        bool valid = true;
                        try
                        {
                            layout.Validate(tag);
                        }
                        catch (ArgumentException)
                        {
                            valid = false;
                        }
                        bool fits = unique is >= 0 and <= 8 && client <= 32 && layout.PrefixSize + client <= 32 && 8 + tag + layout.PrefixSize + client <= 100;
                        Assert.Equal(fits, valid);
                    }
    }

    [Fact]
    [Trait("spec", "179")]
    [Trait("spec", "391")]
    public void A_new_prefix_is_for_later_jobs_and_earlier_jobs_keep_theirs()
    {
        Bench bench = Bench.Running();
        foreach (ChannelKind kind in Enum.GetValues<ChannelKind>())
        {
            Link link = bench.Connect();
            ClientChannel channel = kind == ChannelKind.Standard ? link.OpenStandard() : link.OpenExtended();
            ByteString before = channel.ExtranoncePrefix;
            Found old = Found.On(channel.Work!, channel.Target);
            bench.AddFuture();
            Assert.True(link.Server.ChangeExtranoncePrefix(channel.Id));
            link.Pump();
            Assert.NotEqual(before, channel.ExtranoncePrefix);
            Assert.Equal(before.Length, channel.ExtranoncePrefix.Length);
            Assert.Equal(2, bench.Extranonces.InUse);

            link.Submit(old);
            link.Mine(channel);
            bench.AddActive();
            link.Pump();
            link.Mine(channel);
            Assert.Equal(3, link.Sink.Accepted.Count);

            // The future job was sent before the change, so it still has the old prefix when it becomes active.
            bench.NewBlock();
            link.Pump();
            Assert.Equal(before, channel.Work!.Job.ExtranoncePrefix);
            link.Mine(channel);
            Assert.Equal(2, bench.Extranonces.InUse);

            // A block later no job has it any more.
            bench.NewBlock();
            link.Pump();
            link.Mine(channel);
            Assert.Equal(1, bench.Extranonces.InUse);
            Assert.Equal(5, link.Sink.Accepted.Count);
            Assert.Empty(link.Sink.Refused);
            Assert.Empty(link.Events.Violations);
            bench.Disconnect(link);
        }
    }

    [Fact]
    [Trait("spec", "180")]
    [Trait("spec", "233")]
    public void SetExtranoncePrefix_is_never_for_a_group()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        Assert.False(link.Server.ChangeExtranoncePrefix(channel.GroupChannelId));

        ByteString before = channel.ExtranoncePrefix;
        link.Tell(new SetExtranoncePrefix { ChannelId = channel.GroupChannelId, ExtranoncePrefix = new byte[before.Length] });
        Assert.Equal(before, channel.ExtranoncePrefix);
        Assert.False(link.Events.Violations.Single().IsFatal);
    }

    [Fact]
    [Trait("spec", "181")]
    public void A_prefix_of_another_length_takes_the_channel_out_of_its_group_until_it_is_told_a_new_one()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenExtended();
        ClientChannel mate = link.OpenExtended();
        Assert.Equal(mate.GroupChannelId, channel.GroupChannelId);
        MiningWork before = channel.Work!;
        U256 next = U256.FromLimbs(0x77);

        link.Tell(new SetExtranoncePrefix { ChannelId = channel.Id, ExtranoncePrefix = new byte[channel.ExtranoncePrefix.Length + 1] });
        link.Tell(new SetNewPrevHash { ChannelId = mate.GroupChannelId, JobId = 4_711, PrevHash = next, MinNTime = 1, NBits = 0x1d00ffff });

        // The message for the group is no longer the channel's; its mate takes it for the violation that it is.
        Assert.Same(before, channel.Work);
        Assert.Null(mate.Work);
        Assert.Equal(mate.Id, Assert.Single(link.Events.Violations).ChannelId);
    }

    [Theory]
    [Trait("spec", "140")]
    [InlineData(0, true, 56)]
    [InlineData(0, false, 32)]
    [InlineData(8, true, 120)]
    [InlineData(32, true, 312)]
    public void The_search_space_is_nonce_version_bits_and_extranonce(int extranonceSize, bool rolling, int bits) =>
        Assert.Equal(bits, SearchSpace.Bits(extranonceSize, rolling));

    [Fact]
    [Trait("spec", "138")]
    [Trait("spec", "342")]
    public void A_standard_channel_lasts_a_second_up_to_72_petahash()
    {
        Assert.True(SearchSpace.SecondsPerNTime(1e15, 0) > 1);
        Assert.True(SearchSpace.SecondsPerNTime(72e15, 0) >= 1);
        Assert.True(SearchSpace.SecondsPerNTime(73e15, 0) < 1);
        Assert.Equal(double.PositiveInfinity, SearchSpace.SecondsPerNTime(0, 0));
    }

    private static ByteString Allocate(ExtranonceLayout layout, int size)
    {
        Assert.True(new ExtranonceAllocator(layout).TryAllocate(size, out ByteString prefix));
        return prefix;
    }
}
