using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Sv2.Protocol.Inspection;

/// <summary>
/// The messages and TLVs that a tool knows: those of the specification, and those of any extension given to it.
/// </summary>
public sealed class MessageCatalog
{
    private readonly FrozenDictionary<(ushort Extension, byte Type), MessageInfo> _messages;
    private readonly FrozenDictionary<(ushort Extension, byte Type), TlvInfo> _tlvs;

    /// <summary>Makes a catalog. Of two messages or TLVs with the same numbers the later one counts.</summary>
    public MessageCatalog(IEnumerable<MessageInfo> messages, IEnumerable<TlvInfo> tlvs)
    {
        Messages = [.. messages];
        Tlvs = [.. tlvs];
        _messages = Last(Messages, m => (m.ExtensionType, m.MessageType));
        _tlvs = Last(Tlvs, t => (t.ExtensionType, t.FieldType));
        Extensions = [.. Messages.Select(m => m.ExtensionType).Concat(Tlvs.Select(t => t.ExtensionType)).Where(e => e != 0).Distinct().Order()];
    }

    /// <summary>The core protocols and the extensions of the public registry.</summary>
    public static MessageCatalog Specification { get; } = new(SpecMessages.All, SpecMessages.Tlvs);

    /// <summary>The messages, in the order given.</summary>
    public ImmutableArray<MessageInfo> Messages { get; }

    /// <summary>The TLVs, in the order given.</summary>
    public ImmutableArray<TlvInfo> Tlvs { get; }

    /// <summary>Numbers of the extensions that the messages and TLVs belong to.</summary>
    public ImmutableArray<ushort> Extensions { get; }

    /// <summary>A catalog with an extension added.</summary>
    public MessageCatalog With(ExtensionInfo extension)
    {
        ArgumentNullException.ThrowIfNull(extension);
        return new([.. Messages, .. extension.Messages], [.. Tlvs, .. extension.Tlvs]);
    }

    /// <summary>The message of a frame; the channel bit plays no part. Null when it is unknown.</summary>
    public MessageInfo? Find(ushort extensionType, byte messageType) => _messages.GetValueOrDefault((extensionType, messageType));

    /// <summary>The messages of a name; two protocols may use the same one (<c>SetNewPrevHash</c>). Case does not matter.</summary>
    /// <param name="name">Such as <c>SubmitShares.Success</c>; the .NET spelling <c>SubmitSharesSuccess</c> is understood too.</param>
    /// <param name="protocol">Only messages of this protocol, or null for all.</param>
    public IReadOnlyList<MessageInfo> Find(string name, string? protocol = null) =>
    [
        .. Messages.Where(m => (protocol is null || m.Protocol == protocol)
            && (m.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
                || m.Name.Replace(".", "", StringComparison.Ordinal).Equals(name, StringComparison.OrdinalIgnoreCase))),
    ];

    /// <summary>The description of a TLV. Null when it is unknown.</summary>
    public TlvInfo? FindTlv(ushort extensionType, byte fieldType) => _tlvs.GetValueOrDefault((extensionType, fieldType));

    private static FrozenDictionary<(ushort, byte), T> Last<T>(ImmutableArray<T> items, Func<T, (ushort, byte)> key)
    {
        Dictionary<(ushort, byte), T> byNumber = [];
        foreach (T item in items) byNumber[key(item)] = item;
        return byNumber.ToFrozenDictionary();
    }
}
