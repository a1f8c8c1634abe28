using System.Globalization;

namespace Sv2.Protocol;

/// <summary>The families of wire types (specification section 3.1).</summary>
public enum WireKind
{
    /// <summary>One byte of which only the lowest bit counts.</summary>
    Bool,

    /// <summary>Unsigned integer of 1, 2, 3, 4 or 8 bytes, least significant first.</summary>
    Unsigned,

    /// <summary>IEEE 754 single, 4 bytes, least significant first.</summary>
    Float,

    /// <summary>32 bytes, least significant first.</summary>
    U256,

    /// <summary>A fixed number of bytes without prefix.</summary>
    FixedBytes,

    /// <summary>A length prefix and as many bytes.</summary>
    Bytes,

    /// <summary>A length prefix and as many bytes, meant as UTF-8.</summary>
    Text,

    /// <summary>A count byte, 0 or 1, and as many elements.</summary>
    Option,

    /// <summary>A count prefix and as many elements.</summary>
    Seq,
}

/// <summary>A type of the wire: how many bytes a field takes and how they are laid out.</summary>
/// <param name="Name">The specification's spelling, such as <c>SEQ0_255[U256]</c>.</param>
/// <param name="Kind">The family.</param>
/// <param name="Size">Bytes of the value for fixed-length kinds, bytes of the prefix for the others.</param>
/// <param name="Limit">Largest length in bytes, or count of elements, for kinds with a prefix; 0 for the others.</param>
/// <param name="Element">The element of an option or a sequence.</param>
public sealed record WireType(string Name, WireKind Kind, int Size, int Limit = 0, WireType? Element = null)
{
    /// <summary>Whether every value takes the same number of bytes.</summary>
    public bool IsFixedLength => Kind <= WireKind.FixedBytes;

    /// <summary>The fewest bytes a value takes.</summary>
    public int MinLength => Size;

    /// <summary>The most bytes a value takes.</summary>
    public long MaxLength => Kind switch
    {
        WireKind.Bytes or WireKind.Text => Size + (long)Limit,
        WireKind.Option or WireKind.Seq => Size + Limit * Element!.MaxLength,
        _ => Size,
    };

    /// <summary>Makes the type of a name as the specification spells it.</summary>
    /// <param name="name">Such as <c>U32</c>, <c>B0_64K</c>, <c>OPTION[U32]</c>, <c>BYTES[16]</c>; for TLVs also <c>TEXT</c> and <c>BYTES</c>.</param>
    /// <param name="limit">A bound below the one the name implies, or a negative number for that one.</param>
    /// <exception cref="ArgumentException">The wire has no such type.</exception>
    public static WireType Parse(string name, int limit = -1)
    {
        int bracket = name.IndexOf('[', StringComparison.Ordinal);
        string inner = bracket < 0 ? "" : name[(bracket + 1)..^1];
        WireType type = (bracket < 0 ? name : name[..bracket]) switch
        {
            "BOOL" => new(name, WireKind.Bool, 1),
            "U8" => new(name, WireKind.Unsigned, 1),
            "U16" => new(name, WireKind.Unsigned, 2),
            "U24" => new(name, WireKind.Unsigned, 3),
            "U32" => new(name, WireKind.Unsigned, 4),
            "U64" => new(name, WireKind.Unsigned, 8),
            "F32" => new(name, WireKind.Float, 4),
            "U256" => new(name, WireKind.U256, 32),
            "PUBKEY" => new(name, WireKind.FixedBytes, 32),
            "SIGNATURE" => new(name, WireKind.FixedBytes, 64),
            "MAC" => new(name, WireKind.FixedBytes, 16),
            "STR0_255" => new(name, WireKind.Text, 1, 255),
            "B0_32" => new(name, WireKind.Bytes, 1, 32),
            "B0_255" => new(name, WireKind.Bytes, 1, 255),
            "B0_64K" => new(name, WireKind.Bytes, 2, 0xFFFF),
            "B0_16M" => new(name, WireKind.Bytes, 3, 0xFFFFFF),
            "TEXT" => new(name, WireKind.Text, 0, 0xFFFF),
            "BYTES" when bracket < 0 => new(name, WireKind.Bytes, 0, 0xFFFF),
            "BYTES" => new(name, WireKind.FixedBytes, int.Parse(inner, CultureInfo.InvariantCulture)),
            "OPTION" => new(name, WireKind.Option, 1, 1, Parse(inner)),
            "SEQ0_255" => new(name, WireKind.Seq, 1, 255, Parse(inner)),
            "SEQ0_64K" => new(name, WireKind.Seq, 2, 0xFFFF, Parse(inner)),
            _ => throw new ArgumentException($"'{name}' is not a type of the wire.", nameof(name)),
        };
        return limit < 0 ? type : type with { Limit = limit };
    }

    /// <summary>The specification's spelling.</summary>
    public override string ToString() => Name;
}
