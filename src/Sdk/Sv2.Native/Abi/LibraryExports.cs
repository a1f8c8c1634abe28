using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Native.Client;
using Sv2.Native.Messages;
using Sv2.Native.Security;
using Sv2.Protocol;

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
            Arguments.Clear(length);
            return Arguments.CopyText(Sv2.Noise.NoiseCryptography.Default.Description, text, capacity, length, "text");
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_struct_size", CallConvs = [typeof(CallConvCdecl)])]
    public static nuint StructSize(byte* name)
    {
        try
        {
            return Arguments.Text(name) switch
            {
                "sv2_bytes" => (nuint)sizeof(NativeBytes),
                "sv2_u256" => (nuint)sizeof(U256),
                "sv2_bytes_list" => (nuint)sizeof(NativeBytesList),
                "sv2_message" => (nuint)NativeMessage.Size,
                "sv2_tlv" => (nuint)sizeof(NativeTlv),
                "sv2_message_info" => (nuint)sizeof(NativeMessageInfo),
                "sv2_field_info" => (nuint)sizeof(NativeFieldInfo),
                "sv2_address" => (nuint)sizeof(NativeAddress),
                "sv2_session_info" => (nuint)sizeof(NativeSessionInfo),
                "sv2_client_config" => (nuint)sizeof(NativeClientConfig),
                "sv2_channel" => (nuint)sizeof(NativeChannel),
                "sv2_work" => (nuint)sizeof(NativeWork),
                "sv2_event" => (nuint)sizeof(NativeEvent),
                "sv2_share" => (nuint)sizeof(NativeShare),
                _ => 0,
            };
        }
        catch (OutOfMemoryException)
        {
            return 0;
        }
    }
}
