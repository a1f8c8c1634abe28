namespace Sv2.TestKit;

/// <summary>
/// Shows that code allocates nothing once it is warm. A collection in the midst of a measurement charges the thread for
/// the rest of its allocation buffer, so one measurement proves nothing; but code that allocates does so in every round.
/// Hence the rule: after a warm-up, the round that allocates least must allocate 0 bytes.
/// </summary>
/// <remarks>Counts the calling thread only. Each round should do enough to bring out what happens now and then.</remarks>
public static class Allocations
{
    /// <summary>Rounds that are tried before the least of them is the answer.</summary>
    public const int RoundsMax = 8;

    /// <summary>Bytes that the calling thread allocates in one run of <paramref name="round"/>.</summary>
    public static long Of(Action round)
    {
        ArgumentNullException.ThrowIfNull(round);
        long before = GC.GetAllocatedBytesForCurrentThread();
        round();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>The fewest bytes of several runs of <paramref name="round"/>; ends with the first run that allocates nothing.</summary>
    public static long Least(Action round)
    {
        long least = long.MaxValue;
        for (int i = 0; i < RoundsMax && least != 0; i++) least = Math.Min(least, Of(round));
        return least;
    }

    /// <summary>Asserts that repeating an action allocates nothing.</summary>
    /// <param name="action">What is measured.</param>
    /// <param name="warmUp">How often it runs beforehand.</param>
    /// <param name="perRound">How often it runs in a round.</param>
    public static void AssertNone(Action action, int warmUp = 100, int perRound = 100)
    {
        ArgumentNullException.ThrowIfNull(action);
        for (int i = 0; i < warmUp; i++) action();
        Assert.Equal(0, Least(() =>
        {
            for (int i = 0; i < perRound; i++) action();
        }));
    }

    /// <summary>As above for an action that takes a running number; all rounds run, so the number of calls is known.</summary>
    /// <param name="action">What is measured, given 0, 1, 2 and so on.</param>
    /// <param name="warmUp">Calls beforehand.</param>
    /// <param name="perRound">Calls in a round.</param>
    /// <param name="rounds">Rounds.</param>
    public static void AssertNone(Action<int> action, int warmUp, int perRound, int rounds)
    {
        ArgumentNullException.ThrowIfNull(action);
        int next = 0;
        for (; next < warmUp; next++) action(next);
        Action round = () =>
        {
            for (int end = next + perRound; next < end; next++) action(next);
        };
        long least = long.MaxValue;
        for (int i = 0; i < rounds; i++) least = Math.Min(least, Of(round));
        Assert.Equal(0, least);
    }
}
