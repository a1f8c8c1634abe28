using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>A key is rotated, and whoever connects here follows.</summary>
[Collection(SharedSession.Name)]
public sealed class KeyTests(BrowserSession session) : PageTest(session)
{
    private const string Pool = "article[aria-label='Key of pool']";

    [BrowserFact]
    public void The_pools_key_is_rotated_and_its_miner_follows()
    {
        Window.Open("#/keys", "Keys");
        string before = Window.The($"{Pool} .string code").Text;
        Window.Press($"{Pool} button[aria-expanded]");
        Assert.True(Window.The($"{Pool} svg.qr").Displayed);

        Window.Press($"{Pool} header button");
        Window.Press("dialog[open] button.primary");
        Window.Until("another connection string", () => Window.Text($"{Pool} .string code") is { Length: > 0 } now && now != before);
        string after = Window.Text($"{Pool} .string code");

        Window.Open("#/roles/device", "device");
        Window.Until("the device with the new key", () => Window.The("[data-key=pools] input").GetDomProperty("value") == after);
        Window.Until("a device that mines", () => Window.Text(".heading .pill") == "running");
    }
}
