using BenchmarkDotNet.Attributes;
using Sv2.Mining;
using Sv2.Mining.Server;

namespace Sv2.Benchmarks.Mining;

/// <summary>
/// One share from its frame to its acknowledgement, by kind of channel: reading, finding job and target, rebuilding and hashing the
/// header (on an extended channel a coinbase of 250 bytes and 12 merkle levels first), duplicate check, credit.
/// </summary>
[MemoryDiagnoser]
public class ShareCheckBenchmarks
{
    private const int Shares = 20_000;

    private MiningServerSession _session = null!;
    private BenchSink _sink = null!;
    private byte[][] _shares = null!;

    [Params(ChannelKind.Standard, ChannelKind.Extended)]
    public ChannelKind Kind { get; set; }

    [IterationSetup]
    public void Setup()
    {
        var bench = new MiningBench();
        _sink = new BenchSink();
        _session = bench.Connect(_sink, Kind, channels: 1);
        _shares = bench.Shares(_session.Channels.First(), Shares);
    }

    [Benchmark(OperationsPerInvoke = Shares)]
    public int Check()
    {
        foreach (byte[] share in _shares)
            MiningBench.Dispatch(_session, share);
        _session.AcknowledgeThrough(_sink.LastShare);
        return _sink.Accepted;
    }
}
