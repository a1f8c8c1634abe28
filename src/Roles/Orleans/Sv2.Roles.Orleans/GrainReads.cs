using Orleans.Runtime;

namespace Sv2.Roles.Orleans;

/// <summary>Questions to grains, which may be asked twice: while a silo goes, its grains are away for a moment.</summary>
internal static class GrainReads
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks until there is an answer.</summary>
    /// <exception cref="RoleException">There is none: the cluster is out of reach.</exception>
    public static async Task<T> ReadAsync<T>(this TimeProvider time, Func<Task<T>> ask, CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await ask().WaitAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                if (time.GetElapsedTime(began) >= Patience)
                    throw new RoleException($"The cluster does not answer: {e.Message}", "Try again in some seconds; if that does not help look at the other silos and at the database.", e);
            }

            await Task.Delay(Pause, time, cancellation).ConfigureAwait(false);
        }
    }
}
