using OpenQA.Selenium;
using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>Tokens are made on a page, and whoever may only read can only read.</summary>
[Collection(SharedSession.Name)]
public sealed class AccessTests(BrowserSession session) : PageTest(session)
{
    [BrowserFact]
    public void A_reader_sees_everything_and_changes_nothing()
    {
        Window.Open("#/access", "Access");
        string admin = MakeToken("test-admin", "admin");
        string reader = MakeToken("test-reader", "read");

        SignOut();
        SignIn(reader);
        Window.Open("#/roles", "Roles");
        Window.Until("the roles", () => Window.All("article.role").Count >= 3);
        Assert.All(Window.All("article.role button"), b => Assert.False(b.Enabled));
        Window.Open("#/roles/device", "device");
        Window.Until("a form that cannot be changed", () => Window.All("form fieldset:disabled").Count == 1);

        Window.Open("#/access", "Access");
        Assert.Empty(Window.All("section[aria-label=Tokens]"));
        SignOut();
        SignIn(admin);
        Window.Open("#/access", "Access");
        Window.Until("the audit log", () => Window.Text("section[aria-label='Audit log'] tbody").Length > 0);
    }

    private string MakeToken(string name, string scope)
    {
        string before = Window.Text("section[aria-label=Tokens] .notice code");
        Window.Type("input[name=name]", name);
        Window.The("select[name=scope]").SendKeys(scope);
        Window.The("form[aria-label='New token'] button").SendKeys(Keys.Enter);
        Window.Until("a new token", () => Window.Text("section[aria-label=Tokens] .notice code") is { Length: > 20 } now && now != before);
        return Window.Text("section[aria-label=Tokens] .notice code");
    }

    private void SignOut()
    {
        Window.Until("a way out", () => Window.All("section[aria-label=You] button").Count == 1);
        Window.Press("section[aria-label=You] button");
        Window.Until("a way in", () => Window.All("input[name=token]").Count == 1);
    }

    private void SignIn(string token)
    {
        Window.The("input[name=token]").SendKeys(token + Keys.Enter);
        Window.Until("to be signed in", () => Window.All("section[aria-label=You]").Count == 1);
    }
}
