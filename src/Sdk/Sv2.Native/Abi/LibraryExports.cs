using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sv2.Native.Abi;

/// <summary>What the library says of itself.</summary>
internal static unsafe class LibraryExports
{
    private const uint Major = 0;
    private const uint Minor = 1;
    private const uint Patch = 0;

    // Goes up when a struct or a function changes in a way that a compiled program would notice.
    private const uint AbiVersion = 1;

    [UnmanagedCallersOnly(EntryPoint = "sv2_version", CallConvs = [typeof(CallConvCdecl)])]
    public static uint Version() => (Major << 16) | (Minor << 8) | Patch;

    [UnmanagedCallersOnly(EntryPoint = "sv2_abi_version", CallConvs = [typeof(CallConvCdecl)])]
    public static uint GetAbiVersion() => AbiVersion;

    [UnmanagedCallersOnly(EntryPoint = "sv2_status_text", CallConvs = [typeof(CallConvCdecl)])]
    public static byte* StatusText(Status status) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(StatusTexts.Of(status)));

    [UnmanagedCallersOnly(EntryPoint = "sv2_last_error", CallConvs = [typeof(CallConvCdecl)])]
    public static byte* GetLastError()
    {
        try
        {
            return LastError.Pointer;
        }
        catch (OutOfMemoryException)
        {
            return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(StatusTexts.Of(Status.Memory)));
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_live_handles", CallConvs = [typeof(CallConvCdecl)])]
    public static nuint LiveHandles() => (nuint)Handles.Live;

    [UnmanagedCallersOnly(EntryPoint = "sv2_cryptography", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Cryptography(byte* text, nuint capacity, nuint* length)
    {
        try
        {
            return Arguments.CopyText(Sv2.Noise.NoiseCryptography.Default.Description, text, capacity, length, "text");
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }
}
