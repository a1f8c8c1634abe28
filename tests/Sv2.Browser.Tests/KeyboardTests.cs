using OpenQA.Selenium;
using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>Everything can be done without a pointer.</summary>
[Collection(SharedSession.Name)]
public sealed class KeyboardTests(BrowserSession session) : PageTest(session)
{
    private const int StepsMost = 120;

    /// <summary>The name of what has the focus, without the count that some links show.</summary>
    private string Focused() => (string)Window.Run("const e = document.activeElement; return (e.getAttribute('aria-label') || e.textContent.trim() || e.tagName).replace(/[0-9]+$/, '')")!;

    /// <summary>Walks with the tab key to something; what has the focus must always be visible.</summary>
    private void TabTo(string name)
    {
        for (int step = 0; step < StepsMost; step++)
        {
            Window.SendKeys(Keys.Tab);
            Assert.True((bool)Window.Run("const r = document.activeElement.getBoundingClientRect(); return document.activeElement === document.body || r.width > 0 && r.height > 0")!, Focused());
            if (Focused() == name)
                return;
        }

        Assert.Fail($"No way by keyboard to '{name}'.");
    }

    [BrowserFact]
    public void Roles_are_stopped_and_started_by_keyboard_alone()
    {
        Window.GoTo(new Uri(Session.Stack.Url, "/?from=start"));
        Window.Until("the overview", () => Window.Text("main h1") == "Overview" && Window.IsSettled());
        Window.SendKeys(Keys.Tab);
        Assert.Equal("Skip to content", Focused());

        TabTo("Roles");
        Window.SendKeys(Keys.Enter);
        Window.Until("the roles", () => Window.Text("main h1") == "Roles" && Window.All("article.role").Count >= 3);
        // A page begins where it begins, not at the navigation.
        Assert.Equal("H1", Window.Run("return document.activeElement.tagName"));
        TabTo("Stop device");
        Window.SendKeys(Keys.Enter);
        Window.Until("a stopped device", () => Window.Text("article[aria-label=device] .pill") == "stopped");
        Window.Until("a button to start it", () => Window.All("button[aria-label='Start device']").Any(b => b.Enabled));
        Window.The("article[aria-label=device] h2 a").SendKeys("");
        TabTo("Start device");
        Window.SendKeys(Keys.Space);
        Window.Until("a device that runs", () => Window.Text("article[aria-label=device] .pill") == "running");
    }

    [BrowserFact]
    public void A_dialog_takes_the_focus_and_gives_it_back()
    {
        Window.Open("#/roles/device", "device");
        Window.The(".heading .actions button").SendKeys(Keys.Enter);
        Window.Until("a question", () => Window.All("dialog[open]").Count == 1);
        Assert.Equal(true, Window.Run("return document.querySelector('dialog').contains(document.activeElement)"));
        Window.SendKeys(Keys.Escape);
        Window.Until("no question", () => Window.All("dialog").Count == 0);
        Assert.Equal("Delete", Focused());
    }
}
