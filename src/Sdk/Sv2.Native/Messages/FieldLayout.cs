using Sv2.Protocol;

namespace Sv2.Native.Messages;

/// <summary>How a field is carried from the C struct to the wire and back.</summary>
internal enum FieldStep : byte
{
    /// <summary>The same bytes in both places.</summary>
    Copy,

    /// <summary>A <c>bool</c> of which the lowest bit counts on the wire.</summary>
    Bool,

    /// <summary>A <c>uint32_t</c> of which three bytes travel.</summary>
    U24,

    /// <summary>An <c>sv2_bytes</c>.</summary>
    Bytes,

    /// <summary>A <c>bool</c> and a value.</summary>
    Option,

    /// <summary>A pointer to fixed-length elements, and their count.</summary>
    List,

    /// <summary>An <c>sv2_bytes_list</c>.</summary>
    BytesList,
}

/// <summary>A field in its C struct.</summary>
/// <param name="Info">The field on the wire.</param>
/// <param name="Step">How it is carried.</param>
/// <param name="Offset">Where it begins in the struct.</param>
/// <param name="Size">Bytes it takes in the struct.</param>
internal sealed record FieldLayout(FieldInfo Info, FieldStep Step, int Offset, int Size)
{
    /// <summary>Places a field behind what is there already, as a C compiler does.</summary>
    public static FieldLayout After(int end, FieldInfo info, out int alignment)
    {
        alignment = AlignmentOf(info.Type);
        return new FieldLayout(info, StepOf(info.Type), Align(end, alignment), SizeOf(info.Type));
    }

    public static int Align(int offset, int alignment) => (offset + alignment - 1) & -alignment;

    /// <summary>Offset of the value of an option in its struct.</summary>
    public static int OptionValueOffset(WireType element) => AlignmentOf(element);

    private static FieldStep StepOf(WireType type) => type.Kind switch
    {
        WireKind.Bool => FieldStep.Bool,
        WireKind.Unsigned when type.Size == 3 => FieldStep.U24,
        WireKind.Bytes or WireKind.Text => FieldStep.Bytes,
        WireKind.Option => FieldStep.Option,
        WireKind.Seq => type.Element!.IsFixedLength ? FieldStep.List : FieldStep.BytesList,
        _ => FieldStep.Copy,
    };

    private static int SizeOf(WireType type) => type.Kind switch
    {
        WireKind.Bytes or WireKind.Text => 2 * nint.Size,
        WireKind.Option => Align(OptionValueOffset(type.Element!) + SizeOf(type.Element!), AlignmentOf(type.Element!)),
        WireKind.Seq => (type.Element!.IsFixedLength ? 2 : NativeBytesList.Words) * nint.Size,
        WireKind.Unsigned when type.Size == 3 => 4,
        _ => type.Size,
    };

    private static int AlignmentOf(WireType type) => type.Kind switch
    {
        WireKind.Bool or WireKind.U256 or WireKind.FixedBytes => 1,
        WireKind.Option => AlignmentOf(type.Element!),
        WireKind.Bytes or WireKind.Text or WireKind.Seq => nint.Size,
        _ => SizeOf(type),
    };
}
