using BenchmarkDotNet.Attributes;
using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol;

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
    private byte[] _payloads = null!;
    private int[] _lengths = null!;

    [Params(ChannelKind.Standard, ChannelKind.Extended)]
    public ChannelKind Kind { get; set; }

    [IterationSetup]
    public void Setup()
    {
        var bench = new MiningBench();
        _sink = new BenchSink();
        _session = bench.Connect(_sink, Kind, channels: 1);
        _shares = bench.Shares(_session.Channels.First(), Shares);
        _payloads = [.. _shares.SelectMany(static share => share[FrameHeader.Size..])];
        _lengths = [.. _shares.Select(static share => share.Length - FrameHeader.Size)];
    }

    /// <summary>Shares of extended channels that came in one read, so many at a time. On a standard channel there is nothing to gain.</summary>
    [Benchmark(OperationsPerInvoke = Shares)]
    [Arguments(2)]
    [Arguments(4)]
    [Arguments(16)]
    public int CheckMany(int atOnce)
    {
        if (Kind == ChannelKind.Standard)
            return Check();
        ReadOnlySpan<byte> payloads = _payloads;
        for (ReadOnlySpan<int> lengths = _lengths; !lengths.IsEmpty; lengths = lengths[atOnce..])
        {
            _session.OnManySubmitSharesExtended(payloads, lengths[..atOnce]);
            payloads = payloads[(atOnce * lengths[0])..];
        }

        _session.AcknowledgeThrough(_sink.LastShare);
        return _sink.Accepted;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Shares)]
    public int Check()
    {
        foreach (byte[] share in _shares)
            MiningBench.Dispatch(_session, share);
        _session.AcknowledgeThrough(_sink.LastShare);
        return _sink.Accepted;
    }
}
