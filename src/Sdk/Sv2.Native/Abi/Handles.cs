namespace Sv2.Native.Abi;

/// <summary>Something that C holds by a handle.</summary>
internal abstract class NativeObject
{
    /// <summary>Serialises the calls on this object.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Set under <see cref="Gate"/> when the handle was freed while another thread was on its way in.</summary>
    public bool IsFreed { get; private set; }

    /// <summary>Ends the object after the calls that are under way.</summary>
    public virtual void Free()
    {
        lock (Gate)
        {
            IsFreed = true;
            Wipe();
        }
    }

    /// <summary>Wipes what is secret.</summary>
    protected abstract void Wipe();
}

/// <summary>
/// The handles given to C. A handle is a slot's number and the generation of its content, so a handle that was freed, or
/// never given out, is found out for certain and nothing behind it is touched.
/// </summary>
internal static class Handles
{
    /// <summary>Most handles at a time.</summary>
    public const int LiveMax = 65_536;

    private const int SlotBits = 20;
    private const nuint SlotMask = (1u << SlotBits) - 1;

    private static readonly Lock Gate = new();
    private static readonly List<Slot> Slots = [];

    // First in, first out: a freed slot rests as long as possible before it is used again.
    private static readonly Queue<int> Resting = new();

    private static nuint GenerationMax => nuint.MaxValue >> SlotBits;

    /// <summary>Handles in use.</summary>
    public static int Live { get; private set; }

    /// <summary>Gives an object a handle; 0 when there are too many.</summary>
    public static nuint Add(NativeObject target)
    {
        lock (Gate)
        {
            if (Live >= LiveMax)
                return 0;
            if (!Resting.TryDequeue(out var index))
            {
                // Slots whose generations are used up are never used again, so that even then no handle returns.
                if (Slots.Count >= (int)SlotMask)
                    return 0;
                index = Slots.Count;
                Slots.Add(new Slot());
            }
            var slot = Slots[index];
            slot.Target = target;
            slot.Generation++;
            Live++;
            return (slot.Generation << SlotBits) | ((nuint)index + 1);
        }
    }

    /// <summary>The object of a handle, if it is alive and of this type.</summary>
    public static T? Find<T>(nuint handle)
        where T : NativeObject
    {
        lock (Gate)
            return SlotOf(handle)?.Target as T;
    }

    /// <summary>Takes a handle out of use; <see langword="null"/> when it is not alive or of another type.</summary>
    public static T? Remove<T>(nuint handle)
        where T : NativeObject
    {
        lock (Gate)
        {
            if (SlotOf(handle) is not { } slot || slot.Target is not T target)
                return null;
            slot.Target = null;
            if (slot.Generation < GenerationMax)
                Resting.Enqueue((int)(handle & SlotMask) - 1);
            Live--;
            return target;
        }
    }

    private static Slot? SlotOf(nuint handle)
    {
        var index = (handle & SlotMask) - 1;
        if (index >= (nuint)Slots.Count)
            return null;
        var slot = Slots[(int)index];
        return slot.Target is not null && slot.Generation == handle >> SlotBits ? slot : null;
    }

    private sealed class Slot
    {
        public NativeObject? Target { get; set; }

        public nuint Generation { get; set; }
    }
}
