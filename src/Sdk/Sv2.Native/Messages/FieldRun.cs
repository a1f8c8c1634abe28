using Sv2.Protocol;

namespace Sv2.Native.Messages;

/// <summary>
/// One step of encoding or decoding: a field, or several neighbours whose bytes are the same in the struct and on the
/// wire, which holds for all plain numbers on a little-endian machine as long as the struct has no gap between them.
/// </summary>
internal readonly struct FieldRun
{
    private FieldRun(FieldLayout field, int size)
    {
        Step = field.Step;
        Offset = field.Offset;
        WireSize = size;
        var type = field.Info.Type;
        PrefixSize = type.Size;
        Limit = type.Limit;
        ElementSize = type.Element?.Size ?? 1;
        ElementLimit = type.Element?.Limit ?? 0;
        ValueOffset = field.Step == FieldStep.Option ? field.Offset + FieldLayout.OptionValueOffset(type.Element!) : 0;
        MayBeAbsent = field.Info.Default is not null;
        AbsentValue = field.Info.Default ?? 0;
        Name = field.Info.Name;
    }

    public FieldStep Step { get; }

    /// <summary>Where it begins in the struct.</summary>
    public int Offset { get; }

    /// <summary>Bytes on the wire, for steps of fixed length.</summary>
    public int WireSize { get; }

    /// <summary>Bytes of the length or count on the wire.</summary>
    public int PrefixSize { get; }

    /// <summary>Largest length or count.</summary>
    public int Limit { get; }

    /// <summary>Bytes of an element, or of its own length.</summary>
    public int ElementSize { get; }

    /// <summary>Largest length of an element that has a length of its own.</summary>
    public int ElementLimit { get; }

    /// <summary>Where the value of an option begins in the struct.</summary>
    public int ValueOffset { get; }

    /// <summary>Whether older peers leave it out.</summary>
    public bool MayBeAbsent { get; }

    /// <summary>What it reads as then.</summary>
    public ulong AbsentValue { get; }

    public string Name { get; }

    public static List<FieldRun> Join(FieldLayout[] fields)
    {
        List<FieldRun> runs = [];
        for (var i = 0; i < fields.Length;)
        {
            var first = fields[i];
            var size = first.Info.Type.Size;
            i++;
            while (i < fields.Length && IsContinued(first, size, fields[i]))
                size += fields[i++].Info.Type.Size;
            runs.Add(new FieldRun(first, size));
        }
        return runs;
    }

    private static bool IsContinued(FieldLayout first, int size, FieldLayout next) =>
        BitConverter.IsLittleEndian
        && first.Step == FieldStep.Copy && next.Step == FieldStep.Copy
        && first.Info.Default is null && next.Info.Default is null
        && next.Offset == first.Offset + size;
}
