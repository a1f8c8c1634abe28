using Sv2.Protocol;

namespace Sv2.TestKit;

/// <summary>How long the variable parts of a built payload are.</summary>
public enum PayloadSize
{
    /// <summary>Every length and count is 0.</summary>
    Shortest,

    /// <summary>Lengths and counts are small and differ.</summary>
    Typical,

    /// <summary>Every length and count is the largest allowed, but no field takes more than about a megabyte.</summary>
    Longest,
}

/// <summary>
/// Builds payloads from a message's description, apart from the generated code that they then test. The same seed gives
/// the same bytes.
/// </summary>
public static class PayloadBuilder
{
    private const int FieldBytesMax = 1 << 20;

    /// <summary>A payload with valid lengths and otherwise random bytes; booleans are 0 or 1, text is ASCII.</summary>
    public static byte[] Build(MessageInfo message, PayloadSize size, int seed)
    {
        ArgumentNullException.ThrowIfNull(message);
        Random random = new(seed);
        List<byte> payload = [];
        foreach (FieldInfo field in message.Fields) Append(payload, field.Type, size, random);
        return [.. payload];
    }

    /// <summary>Offsets at which a payload may end although fields follow, because older peers leave those out.</summary>
    public static HashSet<int> OptionalEnds(MessageInfo message, int payloadLength)
    {
        ArgumentNullException.ThrowIfNull(message);
        HashSet<int> ends = [];
        int end = payloadLength;
        foreach (FieldInfo field in message.Fields.Reverse().TakeWhile(f => f.Default is not null)) ends.Add(end -= field.Type.Size);
        return ends;
    }

    private static void Append(List<byte> payload, WireType type, PayloadSize size, Random random)
    {
        if (type.IsFixedLength)
        {
            AppendFixed(payload, type, random);
            return;
        }

        int count = Count(type, size, random);
        for (int i = 0; i < type.Size; i++) payload.Add((byte)(count >> (8 * i)));
        for (int i = 0; i < count; i++)
        {
            if (type.Element is { } element) Append(payload, element, ElementSize(size, i), random);
            else payload.Add(type.Kind == WireKind.Text ? (byte)random.Next(0x20, 0x7F) : (byte)random.Next(256));
        }
    }

    // Only one element of a long list is long itself, so that the payload stays within bounds.
    private static PayloadSize ElementSize(PayloadSize size, int index) => size == PayloadSize.Longest && index > 0 ? PayloadSize.Shortest : size;

    private static void AppendFixed(List<byte> payload, WireType type, Random random)
    {
        if (type.Kind == WireKind.Bool) payload.Add((byte)random.Next(2));
        else if (type.Kind == WireKind.Float) payload.AddRange(BitConverter.GetBytes((float)random.Next(1_000_000)));
        else
        {
            for (int i = 0; i < type.Size; i++) payload.Add((byte)random.Next(256));
        }
    }

    private static int Count(WireType type, PayloadSize size, Random random) => size switch
    {
        PayloadSize.Shortest => 0,
        PayloadSize.Typical => Math.Min(type.Limit, random.Next(1, 9)),
        _ => Math.Min(type.Limit, FieldBytesMax / Math.Max(1, type.Element?.Size ?? 1)),
    };
}
