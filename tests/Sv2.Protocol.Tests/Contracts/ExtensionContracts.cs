using Sv2.Protocol.Mining;
using Sv2.Protocol.Tests.Extensions.EveryType;
using Sv2.TestKit;

namespace Sv2.Protocol.Tests.Contracts;

// Messages of a .sv2 file in a user's project, and of types marked with attributes, do what the specification's own do.

public class EmptyContract : MessageContract<Empty, EmptyView>;

public class FixedContract : MessageContract<Fixed, FixedView>;

public class PrefixedContract : MessageContract<Prefixed, PrefixedView>;

public class OptionsContract : MessageContract<Options, OptionsView>;

public class SequencesContract : MessageContract<Sequences, SequencesView>;

public class DefaultsContract : MessageContract<Defaults, DefaultsView>;

public class KeywordsContract : MessageContract<Keywords, KeywordsView>;

public class MarkedContract : MessageContract<Marked, MarkedView>;

/// <summary>An extension declared with attributes.</summary>
[Sv2Extension(0x4002, "marked_types")]
public static partial class MarkedTypes;

/// <summary>How it feels.</summary>
public enum Mood : ushort
{
    Good,
    Bad,
}

/// <summary>A message with fields of several types, declared in another order than that of the wire.</summary>
[Sv2Message(typeof(MarkedTypes), 7, MessageDirection.ClientToServer, Channel = true, Name = "Marked.Report")]
public readonly partial record struct Marked
{
    [Sv2Field(2, "U24")]
    public required uint Temperature { get; init; }

    [Sv2Field(0)]
    public required uint ChannelId { get; init; }

    [Sv2Field(1)]
    public required Mood Mood { get; init; }

    [Sv2Field(3, "B0_64K", Max = 1000)]
    public required ByteString Blob { get; init; }

    [Sv2Field(4)]
    public required U256? Hash { get; init; }

    [Sv2Field(5, "SEQ0_64K[B0_255]", Name = "name_list")]
    public required Seq<ByteString> Names { get; init; }

    public bool IsHot => Temperature > 90;
}

/// <summary>A TLV with a text.</summary>
[Sv2Tlv(typeof(MarkedTypes), 1, typeof(SubmitSharesExtended), MinLength = 1, MaxLength = 8)]
public readonly partial record struct SerialTlv
{
    public required Text Value { get; init; }
}

/// <summary>A TLV with a number.</summary>
[Sv2Tlv(typeof(MarkedTypes), 2, typeof(SubmitSharesExtended))]
public readonly partial record struct MoodTlv
{
    public required Mood Value { get; init; }
}
