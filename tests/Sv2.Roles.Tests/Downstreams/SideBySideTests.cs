using Sv2.Roles.Downstreams;

namespace Sv2.Roles.Tests.Downstreams;

public sealed class SideBySideTests
{
    [Fact]
    public void Everyone_has_a_turn_though_some_fail_and_the_caller_hears_of_it()
    {
        int[] turns = new int[1_000];

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => SideBySide.ForEach([.. Enumerable.Range(0, turns.Length)], i =>
        {
            Interlocked.Increment(ref turns[i]);
            if (i % 100 == 7)
                throw new InvalidOperationException("one of them");
        }));

        Assert.Equal("one of them", e.Message);
        Assert.All(turns, turn => Assert.Equal(1, turn));
    }

    [Fact]
    public void With_nobody_there_is_nothing_to_wait_for() => SideBySide.ForEach(Array.Empty<int>(), _ => Assert.Fail("nobody"));
}
