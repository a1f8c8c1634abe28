using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.ExtensionsNegotiation;
using Sv2.Protocol.Inspection;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.TestKit;

namespace Sv2.Protocol.Tests;

/// <summary>
/// A million damaged and random frames through every dispatcher: nothing throws, nothing is read out of bounds (a span
/// would throw), nothing is allocated whatever length is claimed, and the verdict is that of the message's description.
/// </summary>
public class RandomFrameTests
{
    private const int Frames = 1_000_000;

    [Fact]
    [Trait("spec", "24")]
    [Trait("spec", "25")]
    public void Damaged_frames_are_judged_without_throwing_or_allocating()
    {
        byte[][] originals = [.. MessageCatalog.Specification.Messages.SelectMany(m => (byte[][])[FrameOf(m, PayloadSize.Shortest), FrameOf(m, PayloadSize.Typical)])];
        byte[] buffer = new byte[originals.Max(o => o.Length) + 16];
        Tally warmUp = Run(originals, buffer, 2_000, seed: 99);
        Assert.True(warmUp.Handled > 0);

        int rounds = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1" ? 20 * Frames : Frames;
        Tally tally = default;
        // Another try is the very same frames again: one that allocates does so every time.
        Assert.Equal(0, Allocations.Least(() => tally = Run(originals, buffer, rounds, seed: 1)));
        Assert.Equal(0, tally.Disagreements);
        Assert.True(tally.Handled > rounds / 10 && tally.Malformed > rounds / 10 && tally.Unknown > 0, tally.ToString());
    }

    private record struct Tally(int Handled, int Malformed, int Unknown, int Disagreements);

    private static Tally Run(byte[][] originals, byte[] buffer, int rounds, ulong seed)
    {
        Tally tally = default;
        AnyHandler handler = default;
        MessageCatalog catalog = MessageCatalog.Specification;
        Xorshift random = new(seed);
        for (int i = 0; i < rounds; i++)
        {
            Span<byte> frame = Mutate(originals[random.Next(originals.Length)], buffer, ref random);
            if (!FrameHeader.TryRead(frame, out FrameHeader header)) continue;
            ReadOnlySpan<byte> payload = frame[FrameHeader.Size..];
            DispatchResult result = Dispatch(in header, payload, ref handler);
            switch (result.Outcome)
            {
                case DispatchOutcome.Handled: tally.Handled++; break;
                case DispatchOutcome.Malformed: tally.Malformed++; break;
                default: tally.Unknown++; break;
            }

            MessageInfo? message = catalog.Find(header.ExtensionType, header.MessageType);
            DispatchOutcome expected = message is null ? DispatchOutcome.Unknown
                : message.Check(payload, out _).Code == DecodeErrorCode.None ? DispatchOutcome.Handled : DispatchOutcome.Malformed;
            if (result.Outcome != expected) tally.Disagreements++;
        }

        return tally;
    }

    // Every frame goes to every dispatcher; at most one knows it.
    private static DispatchResult Dispatch(in FrameHeader header, ReadOnlySpan<byte> payload, ref AnyHandler handler)
    {
        DispatchResult result = MiningDispatcher.DispatchToServer(in header, payload, ref handler);
        if (result.Outcome == DispatchOutcome.Unknown) result = MiningDispatcher.DispatchToClient(in header, payload, ref handler);
        if (result.Outcome == DispatchOutcome.Unknown) result = CommonDispatcher.DispatchToServer(in header, payload, ref handler);
        if (result.Outcome == DispatchOutcome.Unknown) result = CommonDispatcher.DispatchToClient(in header, payload, ref handler);
        if (result.Outcome == DispatchOutcome.Unknown) result = JobDeclarationDispatcher.DispatchToServer(in header, payload, ref handler);
        if (result.Outcome == DispatchOutcome.Unknown) result = JobDeclarationDispatcher.DispatchToClient(in header, payload, ref handler);
        if (result.Outcome == DispatchOutcome.Unknown) result = TemplateDistributionDispatcher.DispatchToServer(in header, payload, ref handler);
        if (result.Outcome == DispatchOutcome.Unknown) result = TemplateDistributionDispatcher.DispatchToClient(in header, payload, ref handler);
        if (result.Outcome == DispatchOutcome.Unknown) result = ExtensionsNegotiationDispatcher.DispatchToServer(in header, payload, ref handler);
        if (result.Outcome == DispatchOutcome.Unknown) result = ExtensionsNegotiationDispatcher.DispatchToClient(in header, payload, ref handler);
        return result;
    }

    // A whole frame, some bytes of it changed, cut or lengthened; now and then nothing but noise.
    private static Span<byte> Mutate(byte[] original, byte[] buffer, ref Xorshift random)
    {
        original.CopyTo(buffer.AsSpan());
        int length = original.Length;
        int kind = random.Next(8);
        if (kind == 0)
        {
            length = random.Next(buffer.Length);
            for (int i = 0; i < length; i++) buffer[i] = (byte)random.Next(256);
            return buffer.AsSpan(0, length);
        }

        if (kind <= 4)
        {
            for (int changes = random.Next(4); changes > 0; changes--)
                buffer[random.Next(length)] = random.Next(3) == 0 ? (byte)0xFF : (byte)random.Next(256);
        }

        if (kind is 4 or 5) length = random.Next(length + 1);
        if (kind == 6) length += random.Next(16);
        return buffer.AsSpan(0, length);
    }

    private static byte[] FrameOf(MessageInfo message, PayloadSize size)
    {
        byte[] payload = PayloadBuilder.Build(message, size, seed: message.MessageType);
        byte[] frame = new byte[FrameHeader.Size + payload.Length];
        message.Header(payload.Length).Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        return frame;
    }

    private struct Xorshift(ulong seed)
    {
        private ulong _state = seed * 0x9E3779B97F4A7C15 + 1;

        public int Next(int bound)
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            return (int)((_state >> 33) % (ulong)bound);
        }
    }
}
