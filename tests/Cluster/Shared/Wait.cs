namespace Sv2.Cluster.Tests;

/// <summary>Waits for states of a cluster, which come about over several silos and cannot be awaited as one task.</summary>
internal static class Wait
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Asks until the answer is right. What is thrown meanwhile (a silo that is going) counts as not yet.</summary>
    public static async Task<T> ForAsync<T>(string what, Func<Task<T>> ask, Func<T, bool> isRight)
    {
        using var limit = new CancellationTokenSource(Patience);
        object? last = null;
        while (!limit.IsCancellationRequested)
        {
            try
            {
                T answer = await ask().WaitAsync(limit.Token);
                if (isRight(answer)) return answer;
                last = answer;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                last = e;
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"{what}: not within {Patience.TotalSeconds} s; last: {last}");
    }
}
