using System.Collections.Immutable;
using System.ComponentModel;

namespace Sv2.Protocol;

/// <summary>What an extension says about one of its TLVs.</summary>
/// <param name="Name">Name as the extension spells it, such as <c>user_identity</c>.</param>
/// <param name="Extension">Name of the extension.</param>
/// <param name="ExtensionType">Number of the extension.</param>
/// <param name="FieldType">Number of the TLV within the extension.</param>
/// <param name="Message">Message it may follow, such as <c>mining.SubmitSharesExtended</c>.</param>
/// <param name="Type">Type of the value; text and bytes take the whole TLV and have no prefix of their own.</param>
/// <param name="MinLength">Fewest bytes of the value.</param>
/// <param name="MaxLength">Most bytes of the value; a longer one makes the message invalid (section 3.4.3).</param>
/// <param name="Summary">What it holds.</param>
public sealed record TlvInfo(
    string Name, string Extension, ushort ExtensionType, byte FieldType, string Message, WireType Type, int MinLength, int MaxLength, string Summary);

/// <summary>What is known of an extension: what negotiation, dispatch and tools need.</summary>
/// <param name="ExtensionType">Number of the extension.</param>
/// <param name="Name">Name in snake_case.</param>
/// <param name="Summary">What it is for.</param>
/// <param name="Messages">Messages it defines, by number.</param>
/// <param name="Tlvs">TLVs it adds to messages, by number.</param>
public sealed record ExtensionInfo(ushort ExtensionType, string Name, string Summary, ImmutableArray<MessageInfo> Messages, ImmutableArray<TlvInfo> Tlvs);

/// <summary>Whether a TLV was found.</summary>
public enum TlvOutcome : byte
{
    /// <summary>The message has no such TLV.</summary>
    Absent,

    /// <summary>It is there and its length is within bounds.</summary>
    Found,

    /// <summary>It is there but its length is out of bounds, so the message must be rejected (section 3.4.3).</summary>
    Malformed,
}

/// <summary>A TLV that an extension defines, as an owned value.</summary>
/// <typeparam name="TSelf">The TLV itself.</typeparam>
public interface ITlv<TSelf> where TSelf : ITlv<TSelf>
{
    /// <summary>Name, numbers and bounds of the TLV.</summary>
    static abstract TlvInfo Info { get; }

    /// <summary>Bytes that <see cref="Write"/> takes, header included.</summary>
    int Length { get; }

    /// <summary>Finds the TLV and gives its value's bytes without copying them.</summary>
    /// <param name="tlvs">The TLV area of a message.</param>
    /// <param name="value">The value's bytes inside the frame, or empty.</param>
    /// <param name="error">Which bound a malformed value breaks.</param>
    static abstract TlvOutcome Find(TlvReader tlvs, out ReadOnlySpan<byte> value, out DecodeError error);

    /// <summary>Finds the TLV and copies its value.</summary>
    /// <param name="tlvs">The TLV area of a message.</param>
    /// <param name="tlv">The TLV, or the default value.</param>
    /// <param name="error">Which bound a malformed value breaks.</param>
    static abstract TlvOutcome Find(TlvReader tlvs, out TSelf tlv, out DecodeError error);

    /// <summary>Appends the TLV.</summary>
    /// <exception cref="ArgumentException">The value's length is out of bounds, or the writer refuses it.</exception>
    void Write(ref TlvWriter writer);
}

/// <summary>What generated TLVs are made of.</summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public static class TlvValue
{
    /// <summary>Finds a TLV by its description and checks its length.</summary>
    public static TlvOutcome Find(TlvInfo info, TlvReader tlvs, out ReadOnlySpan<byte> value, out DecodeError error)
    {
        error = default;
        if (!tlvs.TryFind(info.ExtensionType, info.FieldType, out value)) return TlvOutcome.Absent;
        if (value.Length >= info.MinLength && value.Length <= info.MaxLength) return TlvOutcome.Found;
        error = info.MinLength == info.MaxLength
            ? new DecodeError(DecodeErrorCode.WrongLength, info.Name, 0, value.Length, info.MaxLength)
            : value.Length > info.MaxLength
                ? new DecodeError(DecodeErrorCode.TooLong, info.Name, 0, value.Length, info.MaxLength)
                : new DecodeError(DecodeErrorCode.TooShort, info.Name, 0, value.Length, info.MinLength);
        return TlvOutcome.Malformed;
    }

    /// <summary>Checks a value's length and appends the TLV.</summary>
    /// <exception cref="ArgumentException">The value's length is out of bounds, or the writer refuses it.</exception>
    public static void Write(TlvInfo info, scoped ReadOnlySpan<byte> value, ref TlvWriter writer)
    {
        if (value.Length < info.MinLength || value.Length > info.MaxLength)
            throw new ArgumentException($"TLV {info.Name}: {value.Length} bytes are outside {info.MinLength} to {info.MaxLength}.", nameof(value));
        writer.Write(info.ExtensionType, info.FieldType, value);
    }
}
