using System.Runtime.InteropServices;

namespace Sv2.Native.Client;

/// <summary><c>sv2_client_config</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeClientConfig
{
    public nuint StructSize;
    public byte* AuthorityKey;
    public byte Plaintext;
    public uint Flags;
    public byte* Vendor;
    public byte* HardwareVersion;
    public byte* Firmware;
    public byte* DeviceId;
    public byte* EndpointHost;
    public ushort EndpointPort;
    public byte* Extensions;
    public nuint ExtensionCount;
    public long UnixTime;
    public uint PayloadMax;
    public uint EventsMax;
}

/// <summary><c>sv2_work</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeWork
{
    public uint ChannelId;
    public uint JobId;
    public uint Version;
    public uint VersionMask;
    public uint NBits;
    public uint MinNTime;
    public uint ExtranonceSize;
    public byte IsNewBlock;
    public fixed byte PrevHash[32];
    public fixed byte MerkleRoot[32];
    public fixed byte Target[32];
    public fixed byte Header[80];
}

/// <summary><c>sv2_channel</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeChannel
{
    public uint ChannelId;
    public uint GroupChannelId;
    public byte IsExtended;
    public byte ExtranoncePrefixSize;
    public ushort ExtranonceSize;
    public fixed byte ExtranoncePrefix[32];
    public fixed byte Target[32];
    public ulong Submitted;
    public ulong Accepted;
    public ulong Rejected;
    public ulong AcceptedDifficulty;
}

/// <summary><c>sv2_share</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeShare
{
    public uint ChannelId;
    public uint JobId;
    public uint Nonce;
    public uint NTime;
    public uint Version;
    public byte* Extranonce;
    public nuint ExtranonceSize;
    public byte* Worker;
}

/// <summary><c>sv2_event</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeEvent
{
    public const int TextSize = 256;

    public uint Type;
    public uint ChannelId;
    public uint RequestId;
    public uint SequenceNumber;
    public uint Count;
    public uint Flags;
    public ulong Difficulty;
    public ushort Port;
    public byte IsFatal;
    public NativeChannel Channel;
    public NativeWork Work;
    public fixed byte Text[TextSize];
}
