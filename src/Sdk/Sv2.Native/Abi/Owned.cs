namespace Sv2.Native.Abi;

/// <summary>Giving objects to C and taking them back.</summary>
internal static unsafe class Owned
{
    /// <summary>Gives the caller a handle, or ends the object when there are too many.</summary>
    public static Status Give(NativeObject target, nuint* handle)
    {
        *handle = Handles.Add(target);
        if (*handle != 0)
            return Status.Ok;
        target.Free();
        return Failure.With(Status.Limit, $"there are {Handles.LiveMax} handles already; free some");
    }

    /// <summary>Takes a handle back. NULL is fine and does nothing; a handle that is not alive is refused.</summary>
    public static Status Free<T>(nuint handle, string kind)
        where T : NativeObject
    {
        try
        {
            if (handle == 0)
                return Status.Ok;
            if (Handles.Remove<T>(handle) is not { } target)
                return Failure.Handle(kind);
            target.Free();
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }
}
