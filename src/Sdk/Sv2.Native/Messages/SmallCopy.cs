using System.Runtime.CompilerServices;

namespace Sv2.Native.Messages;

/// <summary>Copies the few bytes of a field without the call that a copy of unknown length takes.</summary>
internal static unsafe class SmallCopy
{
    /// <summary>Copies bytes that do not overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(byte* target, byte* source, uint length)
    {
        // Two moves that may overlap each other cover every length between one and twice their width.
        if (length - 8 <= 8)
        {
            var end = Unsafe.ReadUnaligned<ulong>(source + length - 8);
            Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<ulong>(source));
            Unsafe.WriteUnaligned(target + length - 8, end);
        }
        else if (length - 16 <= 16)
        {
            var end = Unsafe.ReadUnaligned<Int128>(source + length - 16);
            Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<Int128>(source));
            Unsafe.WriteUnaligned(target + length - 16, end);
        }
        else if (length > 0)
        {
            Unsafe.CopyBlockUnaligned(target, source, length);
        }
    }
}
