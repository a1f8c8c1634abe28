namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>Bytes that all connections together may hold. Thread-safe.</summary>
internal sealed class ByteBudget(long bytesMax)
{
    private long _used;

    public long Used => Volatile.Read(ref _used);

    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= bytesMax)
            return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _used, -bytes);
}
