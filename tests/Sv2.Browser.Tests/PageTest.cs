using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>Base of the tests: after each, the console must be empty and every request have stayed on this machine.</summary>
public abstract class PageTest(BrowserSession session) : IAsyncLifetime
{
    internal BrowserSession Session { get; } = session;

    internal BrowserWindow Window => Session.Window;

    public Task InitializeAsync()
    {
        if (Chromium.Missing is null)
            Session.SignedIn();
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        if (Chromium.Missing is null)
            AssertQuietAndLocal(Session);
        return Task.CompletedTask;
    }

    /// <summary>Since the last look the browser had nothing to complain of, and asked nobody but the stack.</summary>
    internal static void AssertQuietAndLocal(BrowserSession session)
    {
        Assert.DoesNotContain(session.Window.Complaints(), c => !session.Expected.Any(e => c.Contains(e, StringComparison.Ordinal)));
        Assert.All(session.Window.Requests().Where(u => u.Scheme is not ("data" or "blob" or "chrome" or "chrome-untrusted")), u => Assert.Equal(session.Stack.Url.Authority, u.Authority));
    }

    /// <summary>
    /// The browser writes every answer that is not a success to its console, perhaps only when the next test runs already.
    /// </summary>
    /// <param name="path">The path that gives such an answer on purpose.</param>
    internal void ExpectRefusal(string path) => Session.Expected.Add(path);
}
