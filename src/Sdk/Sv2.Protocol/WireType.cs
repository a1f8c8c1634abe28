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

/// <summary>
/// A type of the wire: how many bytes a field takes and how they are laid out. Generated code makes these; the names of
/// types and what they mean are known to the specification's compiler alone.
/// </summary>
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

    /// <summary>The specification's spelling.</summary>
    public override string ToString() => Name;
}
