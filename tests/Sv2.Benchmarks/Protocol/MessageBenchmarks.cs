using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Benchmarks.Protocol;

/// <summary>
/// Reading all fields and writing, generated against hand-written, for the five messages that matter most. One operation
/// is one message; many differing payloads are taken in turn, so that the processor cannot learn their lengths.
/// </summary>
/// <remarks><c>dotnet run -c Release --project tests/Sv2.Benchmarks -- --filter '*MessageBenchmarks*'</c></remarks>
[MemoryDiagnoser]
[MinColumn]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class MessageBenchmarks
{
    private const int Count = 1024;

    private readonly byte[] _destination = new byte[4096];
    private readonly Samples<SubmitSharesStandard> _standard = new();
    private readonly Samples<SubmitSharesExtended> _extended = new();
    private readonly Samples<Sv2.Protocol.Mining.SetNewPrevHash> _prevHash = new();
    private readonly Samples<NewExtendedMiningJob> _job = new();
    private readonly Samples<NewTemplate> _template = new();

    /// <summary>Fills the samples and checks that both ways agree on every one.</summary>
    [GlobalSetup]
    public void Setup()
    {
        Random random = new(1);
        for (int i = 0; i < Count; i++)
        {
            _standard.Add(new() { ChannelId = Next(random), SequenceNumber = Next(random), JobId = Next(random), Nonce = Next(random), NTime = Next(random), Version = Next(random) });
            _extended.Add(new()
            {
                ChannelId = Next(random),
                SequenceNumber = Next(random),
                JobId = Next(random),
                Nonce = Next(random),
                NTime = Next(random),
                Version = Next(random),
                Extranonce = Bytes(random, random.Next(4, 17)),
            });
            _prevHash.Add(new() { ChannelId = Next(random), JobId = Next(random), PrevHash = Hash(random), MinNTime = Next(random), NBits = Next(random) });
            _job.Add(new()
            {
                ChannelId = Next(random),
                JobId = Next(random),
                MinNTime = random.Next(2) == 0 ? null : Next(random),
                Version = Next(random),
                VersionRollingAllowed = true,
                MerklePath = Hashes(random),
                CoinbaseTxPrefix = Bytes(random, 110),
                CoinbaseTxSuffix = Bytes(random, 140),
            });
            _template.Add(new()
            {
                TemplateId = Next(random),
                FutureTemplate = random.Next(2) == 0,
                Version = Next(random),
                CoinbaseTxVersion = 2,
                CoinbasePrefix = Bytes(random, random.Next(3, 8)),
                CoinbaseTxInputSequence = uint.MaxValue,
                CoinbaseTxValueRemaining = Next(random),
                CoinbaseTxOutputsCount = 1,
                CoinbaseTxOutputs = Bytes(random, 47),
                CoinbaseTxLocktime = 0,
                MerklePath = Hashes(random),
            });
        }

        Check();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("read SubmitSharesStandard")]
    public long ReadSubmitSharesStandardByHand()
    {
        long sum = 0;
        foreach (byte[] payload in _standard.Payloads) sum += HandWritten.ReadSubmitSharesStandard(payload);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("read SubmitSharesStandard")]
    public long ReadSubmitSharesStandard()
    {
        long sum = 0;
        foreach (byte[] payload in _standard.Payloads) sum += Generated.ReadSubmitSharesStandard(payload);
        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("write SubmitSharesStandard")]
    public long WriteSubmitSharesStandardByHand()
    {
        long sum = 0;
        foreach (ref readonly SubmitSharesStandard message in _standard.Messages.AsSpan()) sum += HandWritten.WriteSubmitSharesStandard(_destination, in message);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("write SubmitSharesStandard")]
    public long WriteSubmitSharesStandard()
    {
        long sum = 0;
        foreach (ref readonly SubmitSharesStandard message in _standard.Messages.AsSpan()) sum += message.Write(_destination);
        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("read SubmitSharesExtended")]
    public long ReadSubmitSharesExtendedByHand()
    {
        long sum = 0;
        foreach (byte[] payload in _extended.Payloads) sum += HandWritten.ReadSubmitSharesExtended(payload);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("read SubmitSharesExtended")]
    public long ReadSubmitSharesExtended()
    {
        long sum = 0;
        foreach (byte[] payload in _extended.Payloads) sum += Generated.ReadSubmitSharesExtended(payload);
        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("write SubmitSharesExtended")]
    public long WriteSubmitSharesExtendedByHand()
    {
        long sum = 0;
        foreach (ref readonly SubmitSharesExtended message in _extended.Messages.AsSpan()) sum += HandWritten.WriteSubmitSharesExtended(_destination, in message);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("write SubmitSharesExtended")]
    public long WriteSubmitSharesExtended()
    {
        long sum = 0;
        foreach (ref readonly SubmitSharesExtended message in _extended.Messages.AsSpan()) sum += message.Write(_destination);
        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("read SetNewPrevHash")]
    public long ReadSetNewPrevHashByHand()
    {
        long sum = 0;
        foreach (byte[] payload in _prevHash.Payloads) sum += HandWritten.ReadSetNewPrevHash(payload);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("read SetNewPrevHash")]
    public long ReadSetNewPrevHash()
    {
        long sum = 0;
        foreach (byte[] payload in _prevHash.Payloads) sum += Generated.ReadSetNewPrevHash(payload);
        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("write SetNewPrevHash")]
    public long WriteSetNewPrevHashByHand()
    {
        long sum = 0;
        foreach (ref readonly Sv2.Protocol.Mining.SetNewPrevHash message in _prevHash.Messages.AsSpan()) sum += HandWritten.WriteSetNewPrevHash(_destination, in message);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("write SetNewPrevHash")]
    public long WriteSetNewPrevHash()
    {
        long sum = 0;
        foreach (ref readonly Sv2.Protocol.Mining.SetNewPrevHash message in _prevHash.Messages.AsSpan()) sum += message.Write(_destination);
        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("read NewExtendedMiningJob")]
    public long ReadNewExtendedMiningJobByHand()
    {
        long sum = 0;
        foreach (byte[] payload in _job.Payloads) sum += HandWritten.ReadNewExtendedMiningJob(payload);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("read NewExtendedMiningJob")]
    public long ReadNewExtendedMiningJob()
    {
        long sum = 0;
        foreach (byte[] payload in _job.Payloads) sum += Generated.ReadNewExtendedMiningJob(payload);
        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("write NewExtendedMiningJob")]
    public long WriteNewExtendedMiningJobByHand()
    {
        long sum = 0;
        foreach (ref readonly NewExtendedMiningJob message in _job.Messages.AsSpan()) sum += HandWritten.WriteNewExtendedMiningJob(_destination, in message);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("write NewExtendedMiningJob")]
    public long WriteNewExtendedMiningJob()
    {
        long sum = 0;
        foreach (ref readonly NewExtendedMiningJob message in _job.Messages.AsSpan()) sum += message.Write(_destination);
        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("read NewTemplate")]
    public long ReadNewTemplateByHand()
    {
        long sum = 0;
        foreach (byte[] payload in _template.Payloads) sum += HandWritten.ReadNewTemplate(payload);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("read NewTemplate")]
    public long ReadNewTemplate()
    {
        long sum = 0;
        foreach (byte[] payload in _template.Payloads) sum += Generated.ReadNewTemplate(payload);
        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("write NewTemplate")]
    public long WriteNewTemplateByHand()
    {
        long sum = 0;
        foreach (ref readonly NewTemplate message in _template.Messages.AsSpan()) sum += HandWritten.WriteNewTemplate(_destination, in message);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("write NewTemplate")]
    public long WriteNewTemplate()
    {
        long sum = 0;
        foreach (ref readonly NewTemplate message in _template.Messages.AsSpan()) sum += message.Write(_destination);
        return sum;
    }

    private void Check()
    {
        long[] byHand = [ReadSubmitSharesStandardByHand(), ReadSubmitSharesExtendedByHand(), ReadSetNewPrevHashByHand(), ReadNewExtendedMiningJobByHand(), ReadNewTemplateByHand()];
        long[] generated = [ReadSubmitSharesStandard(), ReadSubmitSharesExtended(), ReadSetNewPrevHash(), ReadNewExtendedMiningJob(), ReadNewTemplate()];
        if (!byHand.SequenceEqual(generated)) throw new InvalidOperationException("Hand-written and generated reading disagree.");
        CheckWriting(_standard, (in m, d) => HandWritten.WriteSubmitSharesStandard(d, in m));
        CheckWriting(_extended, (in m, d) => HandWritten.WriteSubmitSharesExtended(d, in m));
        CheckWriting(_prevHash, (in m, d) => HandWritten.WriteSetNewPrevHash(d, in m));
        CheckWriting(_job, (in m, d) => HandWritten.WriteNewExtendedMiningJob(d, in m));
        CheckWriting(_template, (in m, d) => HandWritten.WriteNewTemplate(d, in m));
    }

    private delegate int Writer<T>(in T message, byte[] destination);

    private void CheckWriting<T>(Samples<T> samples, Writer<T> byHand) where T : struct, IMessage<T>
    {
        for (int i = 0; i < Count; i++)
        {
            int length = byHand(in samples.Messages[i], _destination);
            if (!samples.Payloads[i].AsSpan().SequenceEqual(_destination.AsSpan(0, length)))
                throw new InvalidOperationException($"Hand-written and generated writing of {T.Info} disagree.");
        }
    }

    private static uint Next(Random random) => (uint)random.NextInt64(uint.MaxValue);

    private static ByteString Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static U256 Hash(Random random) => U256.FromWire(Bytes(random, 32).Span);

    private static Seq<U256> Hashes(Random random) => [.. Enumerable.Range(0, 12).Select(_ => Hash(random))];

    /// <summary>Messages and their payloads.</summary>
    private sealed class Samples<T> where T : struct, IMessage<T>
    {
        private int _count;

        public T[] Messages { get; } = new T[Count];

        public byte[][] Payloads { get; } = new byte[Count][];

        public void Add(T message)
        {
            Messages[_count] = message;
            Payloads[_count] = new byte[message.PayloadLength];
            message.Write(Payloads[_count++]);
        }
    }
}
