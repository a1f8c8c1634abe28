using OpenQA.Selenium;
using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>What a person sees who has just started the program for the first time.</summary>
public sealed class FirstStartTests(BrowserSession session) : IClassFixture<BrowserSession>
{
    [BrowserFact]
    public void The_printed_link_opens_the_pages_signed_in_and_only_once()
    {
        BrowserWindow window = session.Window;
        window.GoTo(session.Stack.Link);
        window.Until("the overview", () => window.Text("main h1") == "Overview");
        // The link is in the history of no browser: the address shows no code.
        window.Until("an address without the code", () => (string)window.Run("return location.search")! == "");

        Assert.Equal(session.Stack.ConnectionString, window.The("#connect code").Text);
        Assert.True(window.The("#connect svg.qr").Displayed);
        window.Until("a hash rate", () => window.Text("#hash-rate").EndsWith("H/s", StringComparison.Ordinal) && !window.Text("#hash-rate").StartsWith("0 ", StringComparison.Ordinal));
        window.Until("the first block", () => window.All("section[aria-label=Blocks] tbody tr").Count > 0, Pictures.Wanted ? TimeSpan.FromMinutes(10) : null);
        window.Until("three roles that run", () => window.All("section[aria-label=Roles] .pill.good").Count == 3);
        window.Open("#/access", "Access");
        Assert.Contains("to see and change everything", window.Text("section[aria-label=You]"));

        PageTest.AssertQuietAndLocal(session);

        // Somebody else finds the link in a scroll-back.
        window.ForgetCookies();
        window.GoTo(session.Stack.Link);
        window.Until("a word on the used link", () => window.Text("main").Contains("This link was used before", StringComparison.Ordinal));
        window.Run("location.hash = '#/roles'");
        IWebElement token = window.The("input[name=token]");
        token.SendKeys("sv2_not-a-token" + Keys.Enter);
        window.Until("a refusal", () => window.Text(".sign-in [role=alert]").Length > 0);
        Assert.Empty(window.All("article.role"));
    }
}
