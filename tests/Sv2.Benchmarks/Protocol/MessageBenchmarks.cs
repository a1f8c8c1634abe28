using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Benchmarks.Protocol;

/// <summary>
/// Reading all fields and writing, generated against hand-written, for the five messages that matter most. One operation
/// is one message; many differing payloads are taken in turn, so that the processor cannot learn their lengths, but no
/// more than its second cache holds, because a frame that is read has just been decrypted.
/// </summary>
/// <remarks><c>dotnet run -c Release --project tests/Sv2.Benchmarks -- --filter '*MessageBenchmarks*' --iterationTime 100 --join</c></remarks>
[MemoryDiagnoser]
[MinColumn]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
[GenericTypeArguments(typeof(SubmitSharesStandard), typeof(Standard))]
[GenericTypeArguments(typeof(SubmitSharesExtended), typeof(Extended))]
[GenericTypeArguments(typeof(Sv2.Protocol.Mining.SetNewPrevHash), typeof(PrevHash))]
[GenericTypeArguments(typeof(NewExtendedMiningJob), typeof(Job))]
[GenericTypeArguments(typeof(NewTemplate), typeof(Template))]
public class MessageBenchmarks<TMessage, TCase>
    where TMessage : struct, IMessage<TMessage>
    where TCase : struct, IMessageCase<TMessage>
{
    private const int Count = 256;

    private readonly byte[] _destination = new byte[4096];
    private readonly TMessage[] _messages = new TMessage[Count];
    private readonly byte[][] _payloads = new byte[Count][];

    /// <summary>Fills the samples and checks that both ways agree on every one.</summary>
    [GlobalSetup]
    public void Setup()
    {
        Random random = new(1);
        for (int i = 0; i < Count; i++)
        {
            _messages[i] = TCase.Sample(random);
            _payloads[i] = new byte[_messages[i].PayloadLength];
            _messages[i].Write(_payloads[i]);
            int length = TCase.WriteByHand(_destination, in _messages[i]);
            if (!_payloads[i].AsSpan().SequenceEqual(_destination.AsSpan(0, length)))
                throw new InvalidOperationException($"Hand-written and generated writing of {TMessage.Info} disagree.");
            if (TCase.Read(_payloads[i]) != TCase.ReadByHand(_payloads[i]))
                throw new InvalidOperationException($"Hand-written and generated reading of {TMessage.Info} disagree.");
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("read")]
    public long ReadByHand()
    {
        long sum = 0;
        foreach (byte[] payload in _payloads) sum += TCase.ReadByHand(payload);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("read")]
    public long Read()
    {
        long sum = 0;
        foreach (byte[] payload in _payloads) sum += TCase.Read(payload);
        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Count), BenchmarkCategory("write")]
    public long WriteByHand()
    {
        long sum = 0;
        foreach (ref readonly TMessage message in _messages.AsSpan()) sum += TCase.WriteByHand(_destination, in message);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count), BenchmarkCategory("write")]
    public long Write()
    {
        long sum = 0;
        foreach (ref readonly TMessage message in _messages.AsSpan()) sum += message.Write(_destination);
        return sum;
    }
}
