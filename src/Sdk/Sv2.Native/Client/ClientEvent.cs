using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Native.Abi;
using Sv2.Protocol;

namespace Sv2.Native.Client;

/// <summary>The numbers of <c>sv2_event_type</c>.</summary>
internal enum ClientEventType : uint
{
    None = 0,
    Connected = 1,
    SetupRefused = 2,
    Closed = 3,
    ChannelOpened = 4,
    OpenRefused = 5,
    ChannelClosed = 6,
    Work = 7,
    WorkEnded = 8,
    FutureJob = 9,
    TargetChanged = 10,
    ExtranoncePrefixChanged = 11,
    SharesAccepted = 12,
    ShareRejected = 13,
    UpdateRefused = 14,
    CustomJobAccepted = 15,
    CustomJobRefused = 16,
    Reconnect = 17,
    Extensions = 18,
    EndpointChanged = 19,
    Violation = 20,
}

/// <summary>Something that happened, waiting to be taken. What a channel looks like is copied when it happens.</summary>
internal sealed class ClientEvent(ClientEventType type)
{
    public uint ChannelId { get; init; }

    public uint RequestId { get; init; }

    public uint SequenceNumber { get; init; }

    public uint Count { get; init; }

    public uint Flags { get; init; }

    public ulong Difficulty { get; init; }

    public ushort Port { get; init; }

    public bool IsFatal { get; init; }

    public string Text { get; init; } = "";

    public NativeChannel Channel { get; init; }

    public MiningWork? Work { get; init; }

    public bool IsNewBlock { get; init; }

    public unsafe void Write(NativeEvent* target)
    {
        *target = default;
        target->Type = (uint)type;
        target->ChannelId = ChannelId;
        target->RequestId = RequestId;
        target->SequenceNumber = SequenceNumber;
        target->Count = Count;
        target->Flags = Flags;
        target->Difficulty = Difficulty;
        target->Port = Port;
        target->IsFatal = IsFatal ? (byte)1 : (byte)0;
        target->Channel = Channel;
        if (Work is { } work)
            Fill(&target->Work, work, IsNewBlock);
        Arguments.CopyInto(LogText.Sanitise(System.Text.Encoding.UTF8.GetBytes(Text)), target->Text, NativeEvent.TextSize);
    }

    public static unsafe void Fill(NativeWork* target, MiningWork work, bool isNewBlock)
    {
        // On an extended channel the header of the first extranonce, all zeros: good to start with.
        Span<byte> extranonce = stackalloc byte[32];
        var header = work.Header(extranonce[..work.ExtranonceSize]);
        target->ChannelId = work.Channel.Id;
        target->JobId = work.JobId;
        target->Version = work.Version;
        target->VersionMask = work.VersionMask;
        target->NBits = work.NBits;
        target->MinNTime = work.MinNTime;
        target->ExtranonceSize = (uint)work.ExtranonceSize;
        target->IsNewBlock = isNewBlock ? (byte)1 : (byte)0;
        work.PrevHash.CopyTo(new Span<byte>(target->PrevHash, U256.Size));
        header.MerkleRoot.CopyTo(new Span<byte>(target->MerkleRoot, U256.Size));
        work.Target.CopyTo(new Span<byte>(target->Target, U256.Size));
        header.Write(new Span<byte>(target->Header, BlockHeader.Size));
    }

    public static unsafe NativeChannel Snapshot(ClientChannel channel)
    {
        NativeChannel copy = default;
        copy.ChannelId = channel.Id;
        copy.GroupChannelId = channel.GroupChannelId;
        copy.IsExtended = channel.Kind == ChannelKind.Extended ? (byte)1 : (byte)0;
        copy.ExtranoncePrefixSize = (byte)channel.ExtranoncePrefix.Length;
        copy.ExtranonceSize = (ushort)channel.ExtranonceSize;
        channel.ExtranoncePrefix.Span.CopyTo(new Span<byte>(copy.ExtranoncePrefix, 32));
        channel.Target.CopyTo(new Span<byte>(copy.Target, U256.Size));
        copy.Submitted = (ulong)channel.Submitted;
        copy.Accepted = (ulong)channel.Accepted;
        copy.Rejected = (ulong)channel.Rejected;
        copy.AcceptedDifficulty = channel.AcceptedDifficulty > ulong.MaxValue ? ulong.MaxValue : (ulong)channel.AcceptedDifficulty;
        return copy;
    }
}
