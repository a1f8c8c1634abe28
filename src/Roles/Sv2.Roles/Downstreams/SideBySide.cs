using System.Runtime.ExceptionServices;

namespace Sv2.Roles.Downstreams;

/// <summary>
/// Does something to many: the caller does the work, and whichever threads of the pool are free help. It never waits for one that
/// has not begun, because a pool that is busy, as it is when something happens to all miners at once, would hold up everybody.
/// </summary>
internal static class SideBySide
{
    /// <summary>Returns when all are done. A failure keeps none of the others from its turn; the first is thrown then.</summary>
    public static void ForEach<T>(T[] items, Action<T> action)
    {
        if (items.Length == 0)
            return;
        int taken = 0;
        int left = items.Length;
        Exception? failure = null;
        var done = new TaskCompletionSource();
        for (int i = 1; i < Environment.ProcessorCount; i++)
            ThreadPool.UnsafeQueueUserWorkItem(static work => work(), Work, preferLocal: false);
        Work();
        done.Task.Wait();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);

        void Work()
        {
            for (int i = Interlocked.Increment(ref taken) - 1; i < items.Length; i = Interlocked.Increment(ref taken) - 1)
            {
                try
                {
                    action(items[i]);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, e, null);
                }

                if (Interlocked.Decrement(ref left) == 0)
                    done.SetResult();
            }
        }
    }
}
