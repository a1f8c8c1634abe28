using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Sv2.Protocol;

/// <summary>
/// An immutable list with equality by content: the owned form of the specification's <c>SEQ0_255[T]</c> and
/// <c>SEQ0_64K[T]</c>. Collection expressions build it: <c>MerklePath = [left, right]</c>.
/// </summary>
/// <remarks>
/// The value may lie over memory that somebody else owns (<see cref="Wrap"/>); that memory must not change while the
/// value is in use.
/// </remarks>
/// <typeparam name="T">The element, such as <see cref="U256"/> or <see cref="ByteString"/>.</typeparam>
[CollectionBuilder(typeof(Seq), nameof(Seq.Create))]
public readonly struct Seq<T> : IEquatable<Seq<T>>, IReadOnlyList<T>
{
    private readonly ReadOnlyMemory<T> _items;

    private Seq(ReadOnlyMemory<T> items) => _items = items;

    /// <summary>No elements; the default value.</summary>
    public static Seq<T> Empty => default;

    /// <summary>Number of elements.</summary>
    public int Count => _items.Length;

    /// <summary>Whether there are no elements.</summary>
    public bool IsEmpty => _items.IsEmpty;

    /// <summary>One element.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="IndexOutOfRangeException">The index is outside the list.</exception>
    public T this[int index] => _items.Span[index];

    /// <summary>Lays a list over existing memory without a copy; the memory must not change while the value is in use.</summary>
    public static Seq<T> Wrap(ReadOnlyMemory<T> items) => new(items);

    /// <summary>Lays a list over an array without a copy; the array must not change while the value is in use.</summary>
    public static implicit operator Seq<T>(T[] items) => new(items);

    /// <summary>The elements without a copy.</summary>
    public ReadOnlySpan<T> AsSpan() => _items.Span;

    /// <summary>Copies the elements into a new array.</summary>
    public T[] ToArray() => _items.ToArray();

    /// <summary>Enumerates without allocating.</summary>
    public ReadOnlySpan<T>.Enumerator GetEnumerator() => _items.Span.GetEnumerator();

    IEnumerator<T> IEnumerable<T>.GetEnumerator()
    {
        for (int i = 0; i < _items.Length; i++) yield return _items.Span[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<T>)this).GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(Seq<T> other) => _items.Span.SequenceEqual(other._items.Span, EqualityComparer<T>.Default);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Seq<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (T item in _items.Span) hash.Add(item);
        return hash.ToHashCode();
    }

    /// <summary>The elements between brackets, such as <c>[1, 2]</c>.</summary>
    public override string ToString() => "[" + string.Join(", ", (IEnumerable<T>)this) + "]";

    /// <summary>Whether two lists hold equal elements in the same order.</summary>
    public static bool operator ==(Seq<T> left, Seq<T> right) => left.Equals(right);

    /// <summary>Whether two lists differ.</summary>
    public static bool operator !=(Seq<T> left, Seq<T> right) => !left.Equals(right);
}

/// <summary>Makes <see cref="Seq{T}"/> values.</summary>
public static class Seq
{
    /// <summary>Copies elements into a new list; the target of collection expressions.</summary>
    public static Seq<T> Create<T>(ReadOnlySpan<T> items) => items.IsEmpty ? default : Seq<T>.Wrap(items.ToArray());
}
