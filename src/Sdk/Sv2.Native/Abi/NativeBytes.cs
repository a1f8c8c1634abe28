using System.Runtime.InteropServices;

namespace Sv2.Native.Abi;

/// <summary><c>sv2_bytes</c>: bytes that belong to somebody else.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeBytes
{
    public byte* Data;
    public nuint Length;

    public NativeBytes(byte* data, nuint length)
    {
        Data = data;
        Length = length;
    }

    /// <summary>Whether they can be read: a null pointer only with length 0, and no length beyond what a span can have.</summary>
    public readonly bool IsValid => Length <= int.MaxValue && (Data is not null || Length == 0);

    public readonly ReadOnlySpan<byte> Span => new(Data, (int)Length);
}

/// <summary>Reading arguments and writing results.</summary>
internal static unsafe class Arguments
{
    /// <summary>The longest text that is read from a caller.</summary>
    private const int TextBytesMax = 64 * 1024;

    public static bool IsReadable(byte* data, nuint length) => new NativeBytes(data, length).IsValid;

    /// <summary>A text that ends with a zero byte; <see langword="null"/> for a null pointer or one that is too long.</summary>
    public static string? Text(byte* text)
    {
        if (text is null)
            return null;
        var length = 0;
        while (length <= TextBytesMax && text[length] != 0)
            length++;
        return length > TextBytesMax ? null : System.Text.Encoding.UTF8.GetString(text, length);
    }

    /// <summary>A length that the caller may have left out is 0 until it is known.</summary>
    public static void Clear(nuint* length)
    {
        if (length is not null)
            *length = 0;
    }

    /// <summary>Writes bytes, always with their length, and only as a whole.</summary>
    public static Status Copy(ReadOnlySpan<byte> source, byte* destination, nuint capacity, nuint* length, string name)
    {
        if (length is not null)
            *length = (nuint)source.Length;
        if ((nuint)source.Length > capacity || (destination is null && source.Length > 0))
            return Failure.Buffer(name, source.Length, destination is null ? 0 : capacity);
        source.CopyTo(new Span<byte>(destination, source.Length));
        return Status.Ok;
    }

    /// <summary>Writes a text with a zero byte behind it; the length given is without that byte.</summary>
    public static Status CopyText(string text, byte* destination, nuint capacity, nuint* length, string name) =>
        CopyUtf8(System.Text.Encoding.UTF8.GetBytes(text), destination, capacity, length, name);

    /// <inheritdoc cref="CopyText"/>
    public static Status CopyUtf8(ReadOnlySpan<byte> utf8, byte* destination, nuint capacity, nuint* length, string name)
    {
        if (length is not null)
            *length = (nuint)utf8.Length;
        if (destination is null || capacity <= (nuint)utf8.Length)
            return Failure.Buffer(name, utf8.Length + 1L, destination is null ? 0 : capacity);
        utf8.CopyTo(new Span<byte>(destination, utf8.Length));
        destination[utf8.Length] = 0;
        return Status.Ok;
    }

    /// <summary>Writes a text into an array of a struct: cut at a whole character where it does not fit, zeros behind it.</summary>
    public static void CopyInto(string text, byte* destination, int size)
    {
        var target = new Span<byte>(destination, size);
        target.Clear();
        System.Text.Unicode.Utf8.FromUtf16(text, target[..^1], out _, out _);
    }

    public static DateTimeOffset Time(long unixSeconds) => unixSeconds == 0
        ? TimeProvider.System.GetUtcNow()
        : DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
}
