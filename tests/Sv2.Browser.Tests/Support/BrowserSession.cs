using System.Collections.Concurrent;

namespace Sv2.Browser.Tests.Support;

/// <summary>A stack and a browser for it; signed in by the printed link unless a test wants to do that itself.</summary>
public sealed class BrowserSession : IAsyncLifetime
{
    private RunningStack? _stack;
    private BrowserWindow? _window;

    /// <summary>Addresses that answer with a refusal because a test wants that.</summary>
    internal ConcurrentBag<string> Expected { get; } = [];

    internal RunningStack Stack => _stack ?? throw new InvalidOperationException("No browser here.");

    internal BrowserWindow Window => _window ?? throw new InvalidOperationException("No browser here.");

    public async Task InitializeAsync()
    {
        if (Chromium.Missing is not null)
            return;
        _stack = await RunningStack.StartAsync();
        _window = new BrowserWindow(_stack.Url);
    }

    /// <summary>Signs in where that was not done yet.</summary>
    internal BrowserWindow SignedIn()
    {
        if (!Window.HasCookie())
            Window.GoTo(Stack.Link);
        Window.Until("the overview", () => Window.Text("main h1").Length > 0);
        return Window;
    }

    public async Task DisposeAsync()
    {
        _window?.Dispose();
        if (_stack is not null)
            await _stack.DisposeAsync();
    }
}

/// <summary>The classes that share one stack and one browser.</summary>
[CollectionDefinition(Name)]
public sealed class SharedSession : ICollectionFixture<BrowserSession>
{
    public const string Name = "One stack, one browser";
}
