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
        if (Chromium.Missing is not null)
            return Task.CompletedTask;
        Assert.DoesNotContain(Window.Complaints(), c => !Session.Expected.Any(e => c.Contains(e, StringComparison.Ordinal)));
        Assert.All(Window.Requests().Where(u => u.Scheme is not ("data" or "blob" or "chrome" or "chrome-untrusted")), u => Assert.Equal(Session.Stack.Url.Authority, u.Authority));
        return Task.CompletedTask;
    }

    /// <summary>
    /// The browser writes every answer that is not a success to its console, perhaps only when the next test runs already.
    /// </summary>
    /// <param name="path">The path that gives such an answer on purpose.</param>
    internal void ExpectRefusal(string path) => Session.Expected.Add(path);
}
