using BenchmarkDotNet.Attributes;
using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol.Mining;

namespace Sv2.Benchmarks.Mining;

/// <summary>
/// Handing one job to one connection, the job's encoding and the making of it counted in, over a thousand connections with a channel each.
/// A group is sent the bytes that all share; a device that requires standard jobs gets a merkle root of its own.
/// </summary>
[MemoryDiagnoser]
public class FanOutBenchmarks
{
    private const int Connections = 1_000;

    private readonly List<MiningServerSession> _sessions = [];
    private MiningBench _bench = null!;

    /// <summary>Whether the connections set REQUIRES_STANDARD_JOBS.</summary>
    [Params(false, true)]
    public bool StandardJobs { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bench = new MiningBench();
        for (int i = 0; i < Connections; i++)
        {
            _sessions.Add(_bench.Connect(
                new BenchSink(), StandardJobs ? ChannelKind.Standard : ChannelKind.Extended, channels: 1, StandardJobs ? MiningSetupFlags.RequiresStandardJobs : 0));
        }
    }

    /// <summary>A better template on the same block.</summary>
    [Benchmark(OperationsPerInvoke = Connections)]
    public void Job()
    {
        _bench.AddActive();
        foreach (MiningServerSession session in _sessions)
            session.Refresh();
    }

    /// <summary>A new block: its job beforehand, then the previous hash.</summary>
    [Benchmark(OperationsPerInvoke = Connections)]
    public void Block()
    {
        _bench.NewBlock();
        foreach (MiningServerSession session in _sessions)
            session.Refresh();
    }
}
