using System.Buffers.Binary;

namespace Sv2.Protocol;

/// <summary>
/// Byte order of a TLV's type and length. The specification's example is big-endian while its type table says
/// little-endian, which is what deployed software sends; both are accepted when reading.
/// </summary>
public enum TlvByteOrder : byte
{
    /// <summary>Least significant byte first, as all other integers of the protocol. The default when sending.</summary>
    LittleEndian,

    /// <summary>Most significant byte first, as the example of section 3.4.3 prints it.</summary>
    BigEndian,
}

/// <summary>One TLV: an optional field that an extension adds to a message (section 3.4.3).</summary>
/// <remarks>Borrowed: valid as long as the frame's bytes.</remarks>
public readonly ref struct Tlv
{
    /// <summary>Bytes before the value: U16 extension type, U8 field type, U16 length.</summary>
    public const int HeaderSize = 5;

    /// <summary>The most bytes of a value.</summary>
    public const int ValueLengthMax = ushort.MaxValue;

    internal Tlv(ushort extensionType, byte fieldType, ReadOnlySpan<byte> value)
    {
        ExtensionType = extensionType;
        FieldType = fieldType;
        Value = value;
    }

    /// <summary>The extension that defines the field.</summary>
    public ushort ExtensionType { get; }

    /// <summary>The field within the extension.</summary>
    public byte FieldType { get; }

    /// <summary>The value's bytes; may be empty.</summary>
    public ReadOnlySpan<byte> Value { get; }
}

/// <summary>
/// Reads the TLVs at the end of a payload. TLVs that nobody negotiated are skipped; a tail that is cut short ends the
/// reading and shows in <see cref="IsWellFormed"/>, it never throws.
/// </summary>
/// <remarks>
/// <code>
/// foreach (Tlv tlv in TlvReader.Detect(message.Tlvs, negotiated)) …
/// </code>
/// </remarks>
public readonly ref struct TlvReader
{
    private readonly ReadOnlySpan<byte> _tlvs;

    /// <summary>Reads TLVs of a known byte order.</summary>
    /// <param name="tlvs">The TLV area, as a view's <c>Tlvs</c> gives it.</param>
    /// <param name="byteOrder">Order of the bytes of type and length.</param>
    public TlvReader(ReadOnlySpan<byte> tlvs, TlvByteOrder byteOrder = TlvByteOrder.LittleEndian)
    {
        _tlvs = tlvs;
        ByteOrder = byteOrder;
    }

    /// <summary>Order of the bytes of type and length.</summary>
    public TlvByteOrder ByteOrder { get; }

    /// <summary>Whether the area consists of whole TLVs.</summary>
    public bool IsWellFormed
    {
        get
        {
            Enumerator enumerator = GetEnumerator();
            while (enumerator.MoveNext()) { }
            return enumerator.AtEnd;
        }
    }

    /// <summary>
    /// Finds out the byte order and reads. The order in which the area consists of whole TLVs is taken; when both or
    /// neither do, the one with more TLVs of the given extensions; when that is equal too, little-endian.
    /// </summary>
    /// <param name="tlvs">The TLV area, as a view's <c>Tlvs</c> gives it.</param>
    /// <param name="extensions">The extensions that were negotiated on the connection.</param>
    public static TlvReader Detect(ReadOnlySpan<byte> tlvs, ReadOnlySpan<ushort> extensions)
    {
        TlvReader little = new(tlvs, TlvByteOrder.LittleEndian);
        if (tlvs.IsEmpty) return little;

        TlvReader big = new(tlvs, TlvByteOrder.BigEndian);
        int littleScore = little.Score(extensions);
        int bigScore = big.Score(extensions);
        return bigScore > littleScore ? big : little;
    }

    /// <summary>Finds the first TLV of a type, in whatever place it stands.</summary>
    /// <param name="extensionType">The extension that defines the field.</param>
    /// <param name="fieldType">The field within the extension.</param>
    /// <param name="value">The value's bytes, or empty.</param>
    /// <returns>Whether there is such a TLV.</returns>
    public bool TryFind(ushort extensionType, byte fieldType, out ReadOnlySpan<byte> value)
    {
        foreach (Tlv tlv in this)
        {
            if (tlv.ExtensionType != extensionType || tlv.FieldType != fieldType) continue;
            value = tlv.Value;
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Enumerates the whole TLVs without allocating.</summary>
    public Enumerator GetEnumerator() => new(_tlvs, ByteOrder);

    // Whole areas beat cut ones by more than any number of known TLVs can: a payload holds fewer than 2^24 / 5 of them.
    private int Score(ReadOnlySpan<ushort> extensions)
    {
        int known = 0;
        Enumerator enumerator = GetEnumerator();
        while (enumerator.MoveNext())
        {
            if (extensions.Contains(enumerator.Current.ExtensionType)) known++;
        }

        return known + (enumerator.AtEnd ? 1 << 24 : 0);
    }

    /// <summary>Enumerates the TLVs of a <see cref="TlvReader"/>.</summary>
    public ref struct Enumerator
    {
        private readonly TlvByteOrder _byteOrder;
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> tlvs, TlvByteOrder byteOrder)
        {
            _rest = tlvs;
            _byteOrder = byteOrder;
        }

        /// <summary>The TLV the enumerator stands at.</summary>
        public Tlv Current { get; private set; }

        /// <summary>Whether everything was read.</summary>
        internal readonly bool AtEnd => _rest.IsEmpty;

        /// <summary>Goes to the next whole TLV.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext()
        {
            if (_rest.Length < Tlv.HeaderSize) return false;
            bool little = _byteOrder == TlvByteOrder.LittleEndian;
            ushort extensionType = little ? BinaryPrimitives.ReadUInt16LittleEndian(_rest) : BinaryPrimitives.ReadUInt16BigEndian(_rest);
            int length = little ? BinaryPrimitives.ReadUInt16LittleEndian(_rest[3..]) : BinaryPrimitives.ReadUInt16BigEndian(_rest[3..]);
            if (length > _rest.Length - Tlv.HeaderSize) return false;
            Current = new Tlv(extensionType, _rest[2], _rest.Slice(Tlv.HeaderSize, length));
            _rest = _rest[(Tlv.HeaderSize + length)..];
            return true;
        }
    }
}

/// <summary>Writes TLVs one after the other into a caller's span, in the ascending order the specification asks for.</summary>
public ref struct TlvWriter
{
    private readonly Span<byte> _destination;
    private readonly TlvByteOrder _byteOrder;
    private int _lastExtension;

    /// <summary>Begins at the start of <paramref name="destination"/>.</summary>
    /// <param name="destination">Room for all TLVs, owned by the caller.</param>
    /// <param name="byteOrder">Order of the bytes of type and length.</param>
    public TlvWriter(Span<byte> destination, TlvByteOrder byteOrder = TlvByteOrder.LittleEndian)
    {
        _destination = destination;
        _byteOrder = byteOrder;
        _lastExtension = -1;
    }

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>What was written so far: the TLV area to hand to <see cref="Frame.Write{T}(in T, ReadOnlySpan{byte}, Span{byte})"/>.</summary>
    public readonly ReadOnlySpan<byte> Written => _destination[..Length];

    /// <summary>Appends one TLV.</summary>
    /// <param name="extensionType">The extension that defines the field; not below that of the TLV before.</param>
    /// <param name="fieldType">The field within the extension.</param>
    /// <param name="value">The value; copied.</param>
    /// <exception cref="ArgumentException">The order is wrong, the value is longer than 65535 bytes, or the destination is full.</exception>
    public void Write(ushort extensionType, byte fieldType, scoped ReadOnlySpan<byte> value)
    {
        if (extensionType < _lastExtension)
            throw new ArgumentException($"TLVs go in ascending order: 0x{extensionType:x4} after 0x{_lastExtension:x4}.", nameof(extensionType));
        if (value.Length > Tlv.ValueLengthMax)
            throw new ArgumentException($"A TLV holds {Tlv.ValueLengthMax} bytes, the value has {value.Length}.", nameof(value));
        if (_destination.Length - Length < Tlv.HeaderSize + value.Length)
            throw new ArgumentException($"A TLV of {Tlv.HeaderSize + value.Length} bytes does not fit the {_destination.Length - Length} left.");

        Span<byte> target = _destination[Length..];
        if (_byteOrder == TlvByteOrder.LittleEndian)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target, extensionType);
            BinaryPrimitives.WriteUInt16LittleEndian(target[3..], (ushort)value.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(target, extensionType);
            BinaryPrimitives.WriteUInt16BigEndian(target[3..], (ushort)value.Length);
        }

        target[2] = fieldType;
        value.CopyTo(target[Tlv.HeaderSize..]);
        Length += Tlv.HeaderSize + value.Length;
        _lastExtension = extensionType;
    }
}
