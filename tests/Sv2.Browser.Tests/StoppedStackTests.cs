using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>What a person sees whose stack has stopped. The browser complains then, so its window is nobody else's.</summary>
public sealed class StoppedStackTests(BrowserSession session) : IClassFixture<BrowserSession>
{
    [BrowserFact]
    public async Task A_stack_that_has_stopped_is_told_and_what_was_true_stays()
    {
        await using RunningStack stack = await RunningStack.StartAsync();
        session.Window.GoTo(stack.Link);
        session.Window.Until("a hash rate", () => session.Window.Text("#hash-rate").Contains("H/s", StringComparison.Ordinal));
        await stack.StopAsync();
        session.Window.Until("a word on it", () => session.Window.Text("main .notice").Contains("Is it still running?", StringComparison.Ordinal));
        Assert.Contains("H/s", session.Window.Text("#hash-rate"));
    }
}
