using System;

namespace Sv2.Spec.Model;

/// <summary>The families of types on the wire.</summary>
public enum WireKind
{
    /// <summary>One byte of which the lowest bit counts.</summary>
    Bool,

    /// <summary>Unsigned integer of 1, 2, 3, 4 or 8 bytes.</summary>
    Unsigned,

    /// <summary>IEEE 754 single.</summary>
    Float,

    /// <summary>32 bytes, a 256-bit number.</summary>
    U256,

    /// <summary>A fixed number of bytes.</summary>
    FixedBytes,

    /// <summary>A length prefix and bytes.</summary>
    Bytes,

    /// <summary>A length prefix and bytes meant as UTF-8.</summary>
    Text,

    /// <summary>A count of 0 or 1 and as many elements.</summary>
    Option,

    /// <summary>A count prefix and as many elements.</summary>
    Seq,
}

/// <summary>A type on the wire.</summary>
/// <param name="Name">The specification's spelling, such as <c>SEQ0_255[U256]</c>.</param>
/// <param name="Kind">The family.</param>
/// <param name="Size">Bytes of the value for kinds of fixed length, bytes of the prefix for the others.</param>
/// <param name="Limit">Largest length in bytes or count of elements; 0 for kinds of fixed length.</param>
/// <param name="Element">The element of an option or a sequence.</param>
public sealed record WireType(string Name, WireKind Kind, int Size, int Limit = 0, WireType? Element = null)
{
    /// <summary>Whether every value takes the same number of bytes.</summary>
    public bool IsFixed => Kind <= WireKind.FixedBytes;

    /// <summary>Whether the value is a plain number, boolean or U256, so that it can be an element.</summary>
    public bool IsScalar => Kind < WireKind.FixedBytes;

    /// <summary>The largest number an unsigned integer of this type holds.</summary>
    public ulong MaxValue => Size == 8 ? ulong.MaxValue : (1UL << (8 * Size)) - 1;

    /// <summary>The type without element, of a name as the specification spells it; null when there is none.</summary>
    public static WireType? FromName(string name) => name switch
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
        _ => null,
    };

    /// <summary>The type of a name that takes an element, such as <c>OPTION</c>; null when the name is none.</summary>
    public static WireType? WithElement(string name, WireType element)
    {
        string full = $"{name}[{element.Name}]";
        return name switch
        {
            "OPTION" => new(full, WireKind.Option, 1, 1, element),
            "SEQ0_255" => new(full, WireKind.Seq, 1, 255, element),
            "SEQ0_64K" => new(full, WireKind.Seq, 2, 0xFFFF, element),
            _ => null,
        };
    }

    /// <summary>Whether the name takes an element between brackets.</summary>
    public static bool TakesElement(string name) => name is "OPTION" or "SEQ0_255" or "SEQ0_64K";

    /// <summary>Whether an element can stand inside this kind of type: options hold scalars, sequences also bytes and text.</summary>
    public static bool CanHold(string name, WireType element) =>
        element.IsScalar || (name != "OPTION" && element.Kind is WireKind.Bytes or WireKind.Text);

    /// <summary>Reads a whole type such as <c>SEQ0_64K[B0_16M]</c>; null when it is none.</summary>
    public static WireType? Parse(string text)
    {
        int bracket = text.IndexOf('[');
        if (bracket < 0) return FromName(text);
        if (!text.EndsWith("]", StringComparison.Ordinal)) return null;
        string name = text.Substring(0, bracket);
        string inner = text.Substring(bracket + 1, text.Length - bracket - 2);
        if (name == "BYTES") return int.TryParse(inner, out int size) && size is > 0 and <= 0xFFFF ? new(text, WireKind.FixedBytes, size) : null;
        return FromName(inner) is { } element && CanHold(name, element) ? WithElement(name, element) : null;
    }
}
