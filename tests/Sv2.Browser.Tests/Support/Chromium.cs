namespace Sv2.Browser.Tests.Support;

/// <summary>Where Debian's Chromium and its driver are. CHROMIUM and CHROMEDRIVER name others.</summary>
internal static class Chromium
{
    public static string? Browser { get; } = Find("CHROMIUM", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");

    public static string? Driver { get; } = Find("CHROMEDRIVER", "/usr/bin/chromedriver", "/usr/lib/chromium/chromedriver", "/usr/local/bin/chromedriver");

    /// <summary>Why the browser tests cannot run here; null when they can.</summary>
    public static string? Missing { get; } = Browser is null
        ? "No Chromium is installed here, so the pages were not tried in a browser: apt-get install chromium chromium-driver."
        : Driver is null
            ? "No chromedriver is installed here, so the pages were not tried in a browser: apt-get install chromium-driver."
            : null;

    private static string? Find(string variable, params ReadOnlySpan<string> usual)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given)
            return given;
        foreach (string path in usual)
        {
            if (File.Exists(path))
                return path;
        }

        return null;
    }
}

/// <summary>A test that needs a browser; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Chromium.Missing;
}
