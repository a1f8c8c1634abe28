using System.Collections.Generic;
using System.Linq;
using Sv2.Spec.Model;

namespace Sv2.Generators.Emitter;

/// <summary>
/// Where the fields of a message stand. A field before the first one of variable length has a constant offset; every
/// later one stands a constant distance after the end of the last variable field before it.
/// </summary>
internal sealed class MessageLayout
{
    private readonly List<FieldPlace> _places = [];

    public MessageLayout(MessageModel message)
    {
        string? anchor = null;
        int distance = 0;
        foreach (FieldModel field in message.Fields)
        {
            _places.Add(new FieldPlace(field, anchor, distance));
            if (field.IsVariable)
            {
                anchor = field.PropertyName;
                distance = 0;
            }
            else distance += field.Type.Size;
        }

        EndAnchor = anchor;
        EndDistance = distance;
    }

    /// <summary>The fields with their places.</summary>
    public IReadOnlyList<FieldPlace> Places => _places;

    /// <summary>The fields of variable length.</summary>
    public IEnumerable<FieldPlace> Variable => _places.Where(p => p.Field.IsVariable);

    /// <summary>The last field of variable length; null when there is none.</summary>
    public string? EndAnchor { get; }

    /// <summary>Bytes from the end of that field, or from the start, to the end of the message.</summary>
    public int EndDistance { get; }

    /// <summary>The expression of the message's end; <paramref name="prefix"/> is <c>_after</c> in a view, <c>after</c> in a local.</summary>
    public string End(string prefix) => EndAnchor is null ? EndDistance.ToString() : FieldCode.Plus(prefix + EndAnchor, EndDistance);
}

/// <summary>Where a field stands.</summary>
/// <param name="Field">The field.</param>
/// <param name="Anchor">The variable field it is counted from; null for the start of the payload.</param>
/// <param name="Distance">Bytes from the end of that field.</param>
internal sealed record FieldPlace(FieldModel Field, string? Anchor, int Distance)
{
    /// <summary>The expression of the field's offset.</summary>
    public string Offset(string prefix) => Anchor is null ? Distance.ToString() : FieldCode.Plus(prefix + Anchor, Distance);
}
