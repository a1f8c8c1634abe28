using System.Buffers;
using System.Reflection;
using Sv2.Protocol;
using FieldInfo = Sv2.Protocol.FieldInfo;

namespace Sv2.TestKit;

/// <summary>
/// What every message must do. Inherit it once per message and the tests run; there is nothing to implement:
/// <code>public class SetTargetContract : MessageContract&lt;SetTarget, SetTargetView&gt;;</code>
/// The payloads come from the message's description, not from the code under test.
/// </summary>
/// <typeparam name="TMessage">The owned message.</typeparam>
/// <typeparam name="TView">Its view.</typeparam>
public abstract class MessageContract<TMessage, TView>
    where TMessage : struct, IMessage<TMessage>, IEquatable<TMessage>
    where TView : struct, IMessageView<TView>, allows ref struct
{
    private const int AllocationRounds = 200;

    /// <summary>The message under test.</summary>
    protected static MessageInfo Info => TMessage.Info;

    /// <summary>Payloads to try; override to add some of your own.</summary>
    protected virtual IEnumerable<byte[]> Payloads()
    {
        yield return PayloadBuilder.Build(Info, PayloadSize.Shortest, 1);
        for (int seed = 2; seed < 6; seed++) yield return PayloadBuilder.Build(Info, PayloadSize.Typical, seed);
    }

    /// <summary>A payload that is read and written again has the same bytes, and the same value when read again.</summary>
    [Fact]
    [Trait("spec", "1")]
    public void Payload_is_written_as_it_was_read()
    {
        foreach (byte[] payload in (byte[][])[.. Payloads(), PayloadBuilder.Build(Info, PayloadSize.Longest, 6)])
        {
            TMessage message = Read(payload);
            Assert.Equal(payload.Length, message.PayloadLength);
            byte[] written = Write(message);
            Assert.True(payload.AsSpan().SequenceEqual(written), $"{Info}: bytes differ after a round trip");
            Assert.Equal(message, Read(written));
            Assert.Equal(message.GetHashCode(), Read(written).GetHashCode());
        }
    }

    /// <summary>View and description agree about the bytes of a message.</summary>
    [Fact]
    public void View_gives_back_its_own_bytes()
    {
        foreach (byte[] payload in Payloads())
        {
            Assert.True(TView.TryRead(payload, out TView view, out DecodeError error), error.ToString());
            Assert.True(payload.AsSpan().SequenceEqual(view.Payload));
            Assert.True(view.Tlvs.IsEmpty);
            Assert.Equal(DecodeErrorCode.None, Info.Check(payload, out int length).Code);
            Assert.Equal(payload.Length, length);
            Assert.Same(Info, TView.Info);
        }
    }

    /// <summary>A frame is found whole wherever the bytes happen to be split, and not before its last byte is there.</summary>
    [Fact]
    [Trait("spec", "23")]
    public void Frame_is_read_over_every_split_point()
    {
        byte[] payload = PayloadBuilder.Build(Info, PayloadSize.Typical, 7);
        TMessage expected = Read(payload);
        byte[] frame = Frame.ToArray(expected);
        for (int split = 0; split <= frame.Length; split++)
        {
            ReadOnlySequence<byte> partial = new(frame, 0, split);
            Assert.Equal(split == frame.Length, Frame.TryRead(ref partial, out _, out _));

            ReadOnlySequence<byte> buffer = Segments(frame, split);
            Assert.True(Frame.TryRead(ref buffer, out FrameHeader header, out ReadOnlySequence<byte> body));
            Assert.Equal(Info.Header(payload.Length), header);
            Assert.True(buffer.IsEmpty);
            Assert.Equal(expected, Read(body.ToArray()));
        }
    }

    /// <summary>A payload that ends anywhere before its end is refused, and the error names the field where it ends.</summary>
    [Fact]
    [Trait("spec", "24")]
    public void Payload_cut_short_at_any_byte_is_refused()
    {
        foreach (byte[] payload in Payloads())
        {
            HashSet<int> optionalEnds = PayloadBuilder.OptionalEnds(Info, payload.Length);
            for (int length = 0; length < payload.Length; length++)
            {
                bool isRead = TMessage.TryRead(payload.AsSpan(0, length), out TMessage message, out DecodeError error);
                Assert.Equal(optionalEnds.Contains(length), isRead);
                if (isRead) continue;
                Assert.Equal(DecodeErrorCode.Truncated, error.Code);
                Assert.Contains(Info.Fields, f => f.Name == error.Field);
                Assert.Equal(default, message);
                Assert.False(TView.TryRead(payload.AsSpan(0, length), out TView _, out _));
            }
        }
    }

    /// <summary>Bytes after the last field are TLVs or fields of the future: the message reads the same.</summary>
    [Fact]
    [Trait("spec", "25")]
    public void Bytes_after_the_last_field_are_the_TLV_area()
    {
        byte[] tlvs = [0xFF, 0xFF, 1, 0, 0];
        foreach (byte[] payload in Payloads())
        {
            byte[] longer = [.. payload, .. tlvs];
            Assert.True(TView.TryRead(longer, out TView view, out DecodeError error), error.ToString());
            Assert.True(tlvs.AsSpan().SequenceEqual(view.Tlvs));
            Assert.True(payload.AsSpan().SequenceEqual(view.Payload));
            Assert.Equal(Read(payload), Read(longer));
        }
    }

    /// <summary>A frame with TLVs counts them in its header and keeps its message's numbers.</summary>
    [Fact]
    [Trait("spec", "20")]
    [Trait("spec", "36")]
    [Trait("spec", "50")]
    public void Frame_with_TLVs_counts_them_and_keeps_its_header()
    {
        TMessage message = Read(PayloadBuilder.Build(Info, PayloadSize.Typical, 8));
        byte[] tlvs = [2, 0, 1, 1, 0, 0x41];
        byte[] frame = Frame.ToArray(message, tlvs);
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        Assert.Equal(Info.Header(message.PayloadLength + tlvs.Length), header);
        Assert.Equal(Frame.Length(message) + tlvs.Length, frame.Length);
    }

    /// <summary>A prefix beyond what its field allows is refused, also when all the bytes are there.</summary>
    [Fact]
    [Trait("spec", "7")]
    [Trait("spec", "9")]
    public void Prefix_over_its_limit_is_refused()
    {
        byte[] payload = PayloadBuilder.Build(Info, PayloadSize.Shortest, 9);
        int offset = 0;
        foreach (FieldInfo field in Info.Fields)
        {
            long prefixMax = (1L << (8 * field.Type.Size)) - 1;
            if (!field.Type.IsFixedLength && field.Type.Limit < prefixMax)
            {
                byte[] bad = [.. payload, .. new byte[(int)prefixMax * (field.Type.Element?.Size ?? 1)]];
                for (int count = field.Type.Limit + 1; count <= Math.Min(prefixMax, field.Type.Limit + 3); count++)
                {
                    for (int i = 0; i < field.Type.Size; i++) bad[offset + i] = (byte)(count >> (8 * i));
                    Assert.False(TView.TryRead(bad, out TView _, out DecodeError error));
                    Assert.Equal((field.Name, offset, count, field.Type.Limit), (error.Field, error.Offset, error.Actual, error.Limit));
                    Assert.Equal(field.Type.Kind == WireKind.Option ? DecodeErrorCode.BadOption : DecodeErrorCode.TooLong, error.Code);
                }
            }

            offset += field.Type.Size;
        }
    }

    /// <summary>A value too long for its field is the caller's mistake: writing it throws and names the field.</summary>
    [Fact]
    [Trait("spec", "6")]
    [Trait("spec", "8")]
    public void Value_over_its_limit_cannot_be_written()
    {
        TMessage message = Read(PayloadBuilder.Build(Info, PayloadSize.Shortest, 10));
        PropertyInfo[] properties = [.. typeof(TMessage).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite)];
        foreach ((PropertyInfo property, FieldInfo field) in properties.Zip(Info.Fields))
        {
            if (TooLong(property.PropertyType, field.Type) is not { } value) continue;
            object boxed = message;
            property.SetValue(boxed, value);
            TMessage bad = (TMessage)boxed;
            byte[] destination = new byte[bad.PayloadLength];
            ArgumentException exception = Assert.Throws<ArgumentException>(() => bad.Write(destination));
            Assert.Contains(field.Name, exception.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A destination too short is the caller's mistake: nothing is written beyond it.</summary>
    [Fact]
    public void Destination_too_short_throws()
    {
        TMessage message = Read(PayloadBuilder.Build(Info, PayloadSize.Typical, 11));
        if (message.PayloadLength == 0) return;
        byte[] destination = new byte[message.PayloadLength - 1];
        Assert.Throws<ArgumentException>(() => message.Write(destination));
    }

    /// <summary>Reading all fields and writing do not allocate.</summary>
    [Fact]
    public void Reading_all_fields_and_writing_allocate_nothing()
    {
        byte[] payload = PayloadBuilder.Build(Info, PayloadSize.Typical, 12);
        TMessage message = Read(payload);
        byte[] frame = new byte[Frame.Length(message)];
        Allocations.AssertNone(() => Exercise(payload, message, frame), AllocationRounds, AllocationRounds);
    }

    /// <summary>Random bytes and damaged payloads never throw, and the view refuses exactly what the description refuses.</summary>
    [Fact]
    [Trait("spec", "24")]
    public void Damaged_payloads_are_judged_as_the_description_does()
    {
        Random random = new(13);
        foreach (byte[] payload in Payloads())
        {
            if (payload.Length == 0) continue;
            for (int i = 0; i < 200; i++)
            {
                byte[] damaged = payload.AsSpan(0, random.Next(payload.Length + 1)).ToArray();
                for (int j = 0; j < random.Next(4) && damaged.Length > 0; j++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                DecodeError expected = Info.Check(damaged, out int length);
                bool isRead = TView.TryRead(damaged, out TView view, out DecodeError error);
                Assert.Equal(expected, error);
                Assert.Equal(expected.Code == DecodeErrorCode.None, isRead);
                if (!isRead) continue;
                Assert.Equal(length, view.Payload.Length);
                ViewReader<TView>.ReadAll(in view);
            }
        }
    }

    /// <summary>The text for logs is one line, names the message and every field, and never throws.</summary>
    [Fact]
    [Trait("spec", "33")]
    public void Log_text_is_one_line_with_every_field()
    {
        byte[] payload = PayloadBuilder.Build(Info, PayloadSize.Longest, 14);
        string text = Read(payload).ToString()!;
        Assert.StartsWith(Info.Name + " {", text, StringComparison.Ordinal);
        Assert.All(Info.Fields, f => Assert.Contains($" {f.Name} = ", text, StringComparison.Ordinal));
        Assert.DoesNotContain(text, char.IsControl);
    }

    private static void Exercise(byte[] payload, TMessage message, byte[] frame)
    {
        TView.TryRead(payload, out TView view, out _);
        ViewReader<TView>.ReadAll(in view);
        Frame.Write(in message, frame);
    }

    private static TMessage Read(ReadOnlySpan<byte> payload)
    {
        Assert.True(TMessage.TryRead(payload, out TMessage message, out DecodeError error), $"{Info}: {error}");
        return message;
    }

    private static byte[] Write(TMessage message)
    {
        byte[] payload = new byte[message.PayloadLength];
        Assert.Equal(payload.Length, message.Write(payload));
        return payload;
    }

    // Fields whose limit is beyond a megabyte are left out: the array alone would make the test slow.
    private static object? TooLong(Type property, WireType type)
    {
        if (type.Limit is 0 or > 1 << 20 || type.Kind == WireKind.Option) return null;
        if (property == typeof(ByteString)) return ByteString.Wrap(new byte[type.Limit + 1]);
        if (property == typeof(Text)) return Text.Wrap(new byte[type.Limit + 1]);
        Array items = Array.CreateInstance(property.GetGenericArguments()[0], type.Limit + 1);
        return property.GetMethod("op_Implicit", [items.GetType()])!.Invoke(null, [items]);
    }

    private static ReadOnlySequence<byte> Segments(byte[] bytes, int split)
    {
        Segment first = new(bytes.AsMemory(0, split), 0);
        Segment second = new(bytes.AsMemory(split), split);
        first.Append(second);
        return new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public void Append(Segment next) => Next = next;
    }
}
