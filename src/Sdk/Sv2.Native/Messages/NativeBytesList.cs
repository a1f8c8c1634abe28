using System.Runtime.InteropServices;
using Sv2.Native.Abi;

namespace Sv2.Native.Messages;

/// <summary>
/// <c>sv2_bytes_list</c>: a sequence of byte strings, either as an array of the caller's or as the bytes of a frame.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeBytesList
{
    /// <summary>Machine words of the struct.</summary>
    public const int Words = 5;

    /// <summary>The elements, when the caller made the list.</summary>
    public NativeBytes* Items;

    /// <summary>How many elements there are.</summary>
    public nuint Count;

    /// <summary>The elements as they stand on the wire, each behind its length, when <see cref="Items"/> is null.</summary>
    public NativeBytes Wire;

    /// <summary>Bytes of each length on the wire.</summary>
    public nuint PrefixSize;
}

/// <summary>A pointer to elements of fixed length, and their count.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeList
{
    public byte* Items;
    public nuint Count;
}
