using System.Buffers.Binary;
using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>
/// Gives every channel of a server an extranonce prefix of its own: no two in use are equal, and none is the start of
/// another, because they differ within the same <see cref="ExtranonceLayout.UniqueSize"/> bytes (5.1, item 137).
/// Thread-safe.
/// </summary>
/// <remarks>
/// A prefix that comes back is not given out again before the next tip: until then shares found with it would be credited
/// twice, once to its old and once to its new owner. Values are tried in turn, each at most once per tip, so only what
/// outlived a tip and came back after it has to be remembered: memory is bounded by the channels that were open at one time.
/// </remarks>
public sealed class ExtranonceAllocator
{
    private readonly Lock _gate = new();
    private readonly HashSet<ulong> _inUse = [];
    private readonly HashSet<ulong> _resting = [];
    private readonly UInt128 _space;
    private ulong _next;
    private UInt128 _triedThisTip;

    /// <summary>Makes an allocator.</summary>
    /// <param name="layout">The division of the extranonce.</param>
    /// <exception cref="ArgumentException">The layout does not fit the wire.</exception>
    public ExtranonceAllocator(ExtranonceLayout? layout = null)
    {
        Layout = layout ?? new ExtranonceLayout();
        Layout.Validate();
        _space = UInt128.One << (8 * Layout.UniqueSize);
    }

    /// <summary>The division of the extranonce.</summary>
    public ExtranonceLayout Layout { get; }

    /// <summary>Prefixes in use.</summary>
    public int InUse
    {
        get
        {
            lock (_gate)
                return _inUse.Count;
        }
    }

    /// <summary>Takes a free prefix.</summary>
    /// <param name="size">
    /// Bytes of the prefix: <see cref="ExtranonceLayout.PrefixSize"/> for an extended channel, more for a standard one;
    /// what follows the unique bytes is zero.
    /// </param>
    /// <param name="prefix">The prefix.</param>
    /// <returns><see langword="false"/> when none is free before the next tip.</returns>
    public bool TryAllocate(int size, out ByteString prefix)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, Layout.PrefixSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, ExtranonceLayout.PartSizeMax);
        lock (_gate)
        {
            while (_triedThisTip < _space)
            {
                ulong value = _next;
                _next = (ulong)((value + UInt128.One) % _space);
                _triedThisTip++;
                if (_resting.Contains(value) || !_inUse.Add(value))
                    continue;
                prefix = Encode(value, size);
                return true;
            }
        }
        prefix = default;
        return false;
    }

    /// <summary>Gives a prefix back. The caller has made sure that no job it was used with can still yield shares after the next tip.</summary>
    /// <param name="prefix">A prefix of <see cref="TryAllocate"/>.</param>
    /// <exception cref="InvalidOperationException">The prefix is not in use.</exception>
    public void Release(ByteString prefix)
    {
        ulong value = Decode(prefix.Span);
        lock (_gate)
        {
            if (!_inUse.Remove(value))
                throw new InvalidOperationException($"extranonce prefix {prefix} is not in use");
            if (!TriedThisTip(value))
                _resting.Add(value);
        }
    }

    /// <summary>Tells that a new block retired all jobs: prefixes that came back before it are free again.</summary>
    public void OnNewTip()
    {
        lock (_gate)
        {
            _resting.Clear();
            _triedThisTip = 0;
        }
    }

    // Values already passed in this tip are not tried again before the next one anyway.
    private bool TriedThisTip(ulong value)
    {
        UInt128 distanceBehind = (_next + _space - value - 1) % _space;
        return distanceBehind < _triedThisTip;
    }

    private ByteString Encode(ulong value, int size)
    {
        byte[] bytes = new byte[size];
        Layout.FixedPrefix.Span.CopyTo(bytes);
        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(wide, value);
        wide[(sizeof(ulong) - Layout.UniqueSize)..].CopyTo(bytes.AsSpan(Layout.FixedPrefix.Length));
        return bytes;
    }

    private ulong Decode(ReadOnlySpan<byte> prefix)
    {
        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        wide.Clear();
        prefix.Slice(Layout.FixedPrefix.Length, Layout.UniqueSize).CopyTo(wide[(sizeof(ulong) - Layout.UniqueSize)..]);
        return BinaryPrimitives.ReadUInt64BigEndian(wide);
    }
}
