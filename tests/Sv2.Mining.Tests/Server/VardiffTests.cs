using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.TestKit;

namespace Sv2.Mining.Tests.Server;

public sealed class VardiffTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    [Theory]
    [Trait("spec", "337")]
    [Trait("spec", "160")]
    [Trait("spec", "390")]
    [InlineData(1e14f)]
    [InlineData(5e11f)]
    [InlineData(1e6f)]
    [InlineData(1e21f)]
    public void The_first_target_gives_one_share_per_interval_at_the_claimed_rate(float hashRate)
    {
        Vardiff vardiff = new(Interval, new ManualTimeProvider());
        double hashes = Target.HashesPerShare(vardiff.Start(hashRate, 0));
        Assert.InRange(hashes / (hashRate * Interval.TotalSeconds), 0.99, 1.01);
    }

    [Fact]
    [Trait("spec", "337")]
    [Trait("spec", "403")]
    public void No_claimed_rate_gives_a_target_that_is_neither_zero_nor_unbounded()
    {
        Vardiff vardiff = new(Interval, new ManualTimeProvider());
        foreach (double rate in (double[])[0, -1, double.NaN, double.Epsilon, double.MaxValue, double.PositiveInfinity])
        {
            U256 target = vardiff.Start(rate, 0);
            Assert.True(target > U256.Zero);
        }
        Assert.Equal(vardiff.Start(0, 0), vardiff.Start(double.NaN, 0));
    }

    [Fact]
    public void Bounds_of_the_server_hold_whatever_is_claimed()
    {
        VardiffOptions options = new() { EasiestTarget = Templates.Easy(30), HardestTarget = Templates.Easy(50) };
        Vardiff vardiff = new(Interval, new ManualTimeProvider(), options);
        Assert.Equal(options.EasiestTarget, vardiff.Start(1, 0));
        Assert.Equal(options.HardestTarget, vardiff.Start(1e30, 0));
    }

    [Theory]
    [Trait("spec", "336")]
    [Trait("spec", "220")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_share_rate_converges_after_steps_of_the_hash_rate_without_swinging(int seed)
    {
        Simulation simulation = new(seed, claimed: 1e12);
        foreach (double rate in (double[])[1e12, 1e13, 1e12, 1e14, 1e11, 3e11])
        {
            simulation.Run(rate, TimeSpan.FromMinutes(20));
            int changesBefore = simulation.Changes;
            int sharesBefore = simulation.Shares;
            simulation.Run(rate, TimeSpan.FromMinutes(60));
            // An hour at a wanted six shares a minute; luck alone makes about five percent.
            Assert.InRange(simulation.Shares - sharesBefore, 360 * 0.6, 360 * 1.6);
            Assert.InRange(simulation.Changes - changesBefore, 0, 8);
            Assert.InRange(simulation.Vardiff.HashRate(simulation.Clock.GetTimestamp()) / rate, 0.4, 2.5);
        }
    }

    [Fact]
    [Trait("spec", "336")]
    public void A_claim_a_million_times_too_low_is_corrected_within_few_shares()
    {
        Simulation simulation = new(7, claimed: 1e6);
        simulation.Run(1e12, TimeSpan.FromMinutes(2));
        Assert.InRange(simulation.Shares, 1, 200);
        Assert.InRange(Target.HashesPerShare(simulation.Current) / 1e13, 0.2, 5);
    }

    [Fact]
    [Trait("spec", "336")]
    public void A_silent_channel_is_eased_step_by_step_and_never_past_the_easiest_target()
    {
        Simulation simulation = new(9, claimed: 1e12);
        U256 last = simulation.Current;
        for (int minute = 0; minute < 60; minute++)
        {
            simulation.Run(0, TimeSpan.FromMinutes(1));
            Assert.True(simulation.Current >= last);
            Assert.True(Target.HashesPerShare(last) / Target.HashesPerShare(simulation.Current) <= 4 * 4.01);
            last = simulation.Current;
        }
        Assert.True(Target.HashesPerShare(simulation.Current) < 1e3);
        Assert.Equal(0, simulation.Vardiff.HashRate(simulation.Clock.GetTimestamp()));
        simulation.Run(0, TimeSpan.FromHours(48));
        Assert.Equal(U256.MaxValue, simulation.Current);
    }

    [Fact]
    [Trait("spec", "225")]
    public void Whatever_a_vardiff_proposes_stays_between_the_network_and_the_clients_maximum()
    {
        Random random = new(21);
        Bench bench = Bench.Running(vardiff: _ => new WildVardiff(random), networkTarget: Templates.Easy(20));
        Link link = bench.Connect();
        U256 maxTarget = Templates.Easy(4);
        ClientChannel channel = link.OpenStandard(maxTarget);
        for (int i = 0; i < 2000; i++)
        {
            if (i % 100 == 50)
            {
                maxTarget = Templates.Easy(random.Next(0, 25));
                link.Client.UpdateChannel(channel, random.Next(), maxTarget);
            }
            if (i % 37 == 0)
                bench.NewBlock(Templates.Easy(random.Next(15, 25)));
            bench.Advance(TimeSpan.FromSeconds(1));
            link.Pump();
            Assert.True(channel.Target <= maxTarget, "easier than the client takes");
            Assert.True(channel.Target >= bench.Tip.Target || channel.Target == maxTarget, "harder than a block");
            Assert.Equal(link.ServerSide(channel).Target, channel.Target);
        }
        Assert.True(link.ToClient.Count<SetTarget>() > 100);
    }

    [Fact]
    public void Refused_shares_do_not_count()
    {
        CountingVardiff vardiff = new();
        Link link = Bench.Running(vardiff: _ => vardiff).Connect();
        ClientChannel channel = link.OpenStandard();
        Found found = Found.On(channel.Work!, channel.Target);
        for (int i = 0; i < 50; i++)
        {
            link.SayShare(found, 0);
            link.SayShare(Found.On(channel.Work!, U256.MaxValue, above: channel.Target), 0);
            link.SayShare(found, 0, jobId: 999);
        }
        Assert.Equal(1, vardiff.Shares);
        Assert.Equal(149, link.ServerSide(channel).RejectedShares);
    }

    [Fact]
    [Trait("spec", "348")]
    public void The_same_claim_again_does_not_restart_the_measurement()
    {
        CountingVardiff vardiff = new();
        Link link = Bench.Running(vardiff: _ => vardiff).Connect();
        ClientChannel channel = link.OpenStandard(hashRate: 5);
        for (int i = 0; i < 10; i++)
            link.Client.UpdateChannel(channel, 5, U256.MaxValue);
        link.Pump();
        Assert.Equal(1, vardiff.Starts);
        link.Client.UpdateChannel(channel, 6, U256.MaxValue);
        link.Pump();
        Assert.Equal(2, vardiff.Starts);
    }

    [Fact]
    public void The_shown_hash_rate_is_the_claim_at_first_and_the_measure_later()
    {
        ManualTimeProvider clock = new();
        Vardiff vardiff = new(Interval, clock);
        vardiff.Start(1e12, clock.GetTimestamp());
        Assert.Equal(1e12, vardiff.HashRate(clock.GetTimestamp()));
        for (int i = 0; i < 200; i++)
        {
            clock.Advance(Interval);
            vardiff.OnShare(20_000_000_000_000, clock.GetTimestamp());
        }
        Assert.InRange(vardiff.HashRate(clock.GetTimestamp()), 1.9e12, 2.1e12);
    }

    /// <summary>A miner whose shares come by chance at its hash rate, in steps of a tenth of a second.</summary>
    private sealed class Simulation
    {
        private readonly Random _random;

        public Simulation(int seed, double claimed)
        {
            _random = new Random(seed);
            Vardiff = new Vardiff(Interval, Clock);
            Current = Vardiff.Start(claimed, Clock.GetTimestamp());
        }

        public ManualTimeProvider Clock { get; } = new();

        public Vardiff Vardiff { get; }

        public U256 Current { get; private set; }

        public int Shares { get; private set; }

        public int Changes { get; private set; }

        public void Run(double hashRate, TimeSpan duration)
        {
            TimeSpan left = duration;
            while (left > TimeSpan.Zero)
            {
                // Time to the next share at the present target, or to the next look at the clock.
                double mean = hashRate > 0 ? Target.HashesPerShare(Current) / hashRate : double.PositiveInfinity;
                double wait = -Math.Log(1 - _random.NextDouble()) * mean;
                bool share = wait < 1;
                TimeSpan step = TimeSpan.FromSeconds(Math.Min(wait, 1));
                Clock.Advance(step);
                left -= step;
                long now = Clock.GetTimestamp();
                if (share)
                {
                    Shares++;
                    Vardiff.OnShare(Target.Work(Current), now);
                }
                if (!Vardiff.TryRetarget(Current, now, out U256 proposed))
                    continue;
                Current = proposed;
                Changes++;
                Vardiff.OnTarget(Current, now);
            }
        }
    }

    private sealed class WildVardiff(Random random) : IVardiff
    {
        public U256 Start(double nominalHashRate, long timestamp) => Any();

        public void OnShare(ulong work, long timestamp)
        {
        }

        public bool TryRetarget(in U256 current, long timestamp, out U256 proposed)
        {
            proposed = Any();
            return true;
        }

        public void OnTarget(in U256 target, long timestamp)
        {
        }

        public double HashRate(long timestamp) => 0;

        private U256 Any()
        {
            byte[] bytes = new byte[32];
            random.NextBytes(bytes);
            bytes.AsSpan(random.Next(33)).Clear();
            return U256.FromWire(bytes);
        }
    }

    private sealed class CountingVardiff : IVardiff
    {
        public int Shares { get; private set; }

        public int Starts { get; private set; }

        public U256 Start(double nominalHashRate, long timestamp)
        {
            Starts++;
            return Templates.Easy(6);
        }

        public void OnShare(ulong work, long timestamp) => Shares++;

        public bool TryRetarget(in U256 current, long timestamp, out U256 proposed)
        {
            proposed = current;
            return false;
        }

        public void OnTarget(in U256 target, long timestamp)
        {
        }

        public double HashRate(long timestamp) => 0;
    }
}
