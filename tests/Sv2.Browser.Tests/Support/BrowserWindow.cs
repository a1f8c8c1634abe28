using System.Collections.ObjectModel;
using System.Text.Json;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;
using OpenQA.Selenium.Interactions;
using OpenQA.Selenium.Support.UI;

namespace Sv2.Browser.Tests.Support;

/// <summary>One browser with one window. It waits for states, never for times.</summary>
internal sealed class BrowserWindow : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CommandPatience = TimeSpan.FromMinutes(3);

    private readonly string _profile = Directory.CreateTempSubdirectory("sv2-browser-").FullName;
    private readonly ChromeDriver _driver;
    private readonly Uri _home;

    public BrowserWindow(Uri home)
    {
        _home = home;
        var options = new ChromeOptions { BinaryLocation = Chromium.Browser };
        options.AddArguments(
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
            "--disable-extensions", "--disable-search-engine-choice-screen", "--hide-scrollbars", "--window-size=1360,900", $"--user-data-dir={_profile}");
        options.SetLoggingPreference(LogType.Browser, LogLevel.All);
        options.SetLoggingPreference(LogType.Performance, LogLevel.All);
        var service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(Chromium.Driver), Path.GetFileName(Chromium.Driver));
        service.SuppressInitialDiagnosticInformation = true;
        _driver = new ChromeDriver(service, options, CommandPatience);
    }

    public string Hash => new Uri(_driver.Url).Fragment;

    public void GoTo(Uri url) => _driver.Navigate().GoToUrl(url);

    /// <summary>Goes to one of the pages by its hash, without a reload, and waits until it stands there.</summary>
    public void Open(string hash, string title)
    {
        if (!_driver.Url.StartsWith(_home.ToString(), StringComparison.Ordinal))
            GoTo(_home);
        Run("location.hash = arguments[0]", hash);
        Until($"the page {title}", () => Text("main h1") == title && IsSettled());
    }

    /// <summary>Waits until a condition holds.</summary>
    public void Until(string what, Func<bool> holds, TimeSpan? patience = null) => Until(what, () => holds() ? "" : null, patience);

    /// <summary>Waits until there is something, and gives it.</summary>
    public T Until<T>(string what, Func<T?> look, TimeSpan? patience = null)
        where T : class
    {
        var wait = new WebDriverWait(_driver, patience ?? Patience) { PollingInterval = TimeSpan.FromMilliseconds(100) };
        wait.IgnoreExceptionTypes(typeof(NoSuchElementException), typeof(StaleElementReferenceException), typeof(ElementNotInteractableException));
        try
        {
            return wait.Until(_ => look())!;
        }
        catch (WebDriverTimeoutException e)
        {
            throw new TimeoutException($"Not within {(patience ?? Patience).TotalSeconds} s: {what}. The page says:\n{Text("body")}", e);
        }
    }

    public ReadOnlyCollection<IWebElement> All(string css) => _driver.FindElements(By.CssSelector(css));

    public IWebElement The(string css) => Until(css, () => All(css).FirstOrDefault(e => e.Displayed));

    /// <summary>A text as it stands there; empty where there is nothing.</summary>
    public string Text(string css) => All(css).FirstOrDefault()?.Text ?? "";

    /// <summary>Presses a button, as soon as it may be pressed.</summary>
    public void Press(string css) => Until($"{css} can be pressed", () =>
    {
        IWebElement? button = All(css).FirstOrDefault(e => e is { Displayed: true, Enabled: true });
        // Into the middle, where nothing that sticks to an edge lies over it.
        if (button is not null)
            Run("arguments[0].scrollIntoView({ block: 'center' })", button);
        button?.Click();
        return button is not null;
    });

    /// <summary>Types a text in place of what stands there.</summary>
    public void Type(string css, string text)
    {
        IWebElement field = The(css);
        field.SendKeys(Keys.Control + "a");
        field.SendKeys(text.Length == 0 ? Keys.Delete : text);
        Until($"{css} holds '{text}'", () => The(css).GetDomProperty("value") == text);
    }

    /// <summary>Opens everything that is folded away.</summary>
    public void Unfold() => Run("for (const part of document.querySelectorAll('main details')) part.open = true");

    /// <summary>Types at whatever has the focus, as a keyboard does.</summary>
    public void SendKeys(string keys) => new Actions(_driver).SendKeys(keys).Perform();

    public object? Run(string script, params object[] arguments) => _driver.ExecuteScript(script, arguments);

    /// <summary>Runs the body of an asynchronous function in the page and gives what it returns.</summary>
    public object? RunAsync(string body) =>
        _driver.ExecuteAsyncScript($"const done = arguments[arguments.length - 1]; (async () => {{ {body} }})().then(done, e => done(`failed: ${{e}}`))");

    public void Cdp(string command, Dictionary<string, object?> parameters) => _driver.ExecuteCdpCommand(command, parameters);

    /// <summary>Shows everything as a phone does.</summary>
    public void BecomePhone() => Cdp("Emulation.setDeviceMetricsOverride", new() { ["width"] = 390, ["height"] = 844, ["deviceScaleFactor"] = 2, ["mobile"] = true });

    public void BecomeDesktop() => Cdp("Emulation.clearDeviceMetricsOverride", []);

    public bool HasCookie() => _driver.Manage().Cookies.AllCookies.Count > 0;

    public void ForgetCookies() => _driver.Manage().Cookies.DeleteAllCookies();

    /// <summary>Whether nothing on the page waits for its data.</summary>
    public bool IsSettled() => All("main .loading").Count == 0;

    /// <summary>Complaints of the browser's console since the last look: errors, and what the content security policy blocked.</summary>
    public IReadOnlyList<string> Complaints() =>
        [.. _driver.Manage().Logs.GetLog(LogType.Browser).Where(e => e.Level is LogLevel.Severe or LogLevel.Warning).Select(e => e.Message)];

    /// <summary>Addresses that the page asked for since the last look.</summary>
    public IReadOnlyList<Uri> Requests()
    {
        var requests = new List<Uri>();
        foreach (LogEntry entry in _driver.Manage().Logs.GetLog(LogType.Performance))
        {
            using JsonDocument document = JsonDocument.Parse(entry.Message);
            JsonElement message = document.RootElement.GetProperty("message");
            if (message.GetProperty("method").GetString() == "Network.requestWillBeSent")
                requests.Add(new Uri(message.GetProperty("params").GetProperty("request").GetProperty("url").GetString()!));
        }

        return requests;
    }

    /// <summary>A picture of the window, or of so much of the page.</summary>
    public byte[] Picture(int width, int height, double scale = 1)
    {
        var clip = new Dictionary<string, object> { ["x"] = 0, ["y"] = 0, ["width"] = width, ["height"] = height, ["scale"] = scale };
        var result = (Dictionary<string, object>)_driver.ExecuteCdpCommand(
            "Page.captureScreenshot", new Dictionary<string, object?> { ["captureBeyondViewport"] = true, ["clip"] = clip })!;
        return Convert.FromBase64String((string)result["data"]);
    }

    public void Dispose()
    {
        _driver.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A part of the browser still writes there; the folder is a temporary one.
        }
    }
}
