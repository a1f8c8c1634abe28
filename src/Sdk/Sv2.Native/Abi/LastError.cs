using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Sv2.Native.Abi;

/// <summary>The text of the last failure on each thread, as UTF-8 that C can read in place.</summary>
internal static unsafe class LastError
{
    private const int BytesMax = 511;

    // Pinned, so that the pointer handed out stays good; gone with its thread, so that nobody has to free it.
    [ThreadStatic]
    private static byte[]? _text;

    public static byte* Pointer => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Buffer));

    private static byte[] Buffer => _text ??= GC.AllocateArray<byte>(BytesMax + 1, pinned: true);

    /// <summary>Keeps a text: control characters become spaces, what does not fit is cut at a whole character.</summary>
    public static void Set(string text)
    {
        try
        {
            Write(text, Buffer);
        }
        catch (OutOfMemoryException)
        {
            // The status alone has to do: this is called while failures are handled.
        }
    }

    private static void Write(string text, byte[] buffer)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var shown = Rune.IsControl(rune) ? new Rune(' ') : rune;
            if (length + shown.Utf8SequenceLength > BytesMax)
                break;
            length += shown.EncodeToUtf8(buffer.AsSpan(length));
        }
        buffer[length] = 0;
    }
}
