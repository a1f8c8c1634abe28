using System.Globalization;
using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>The pages are true without a reload.</summary>
[Collection(SharedSession.Name)]
public sealed class LiveTests(BrowserSession session) : PageTest(session)
{
    private const string Newest = "section[aria-label=Blocks] tbody tr:first-child td:first-child";

    private int Height() => int.TryParse(Window.Text(Newest).Replace("\u202f", "", StringComparison.Ordinal), CultureInfo.InvariantCulture, out int height) ? height : -1;

    [BrowserFact]
    public void A_block_arrives_by_itself()
    {
        Window.Open("#/blocks", "Blocks");
        Window.Run("window.isSame = true");
        Window.Until("a block", () => Height() >= 0);
        int before = Height();
        Window.Until("the next block", () => Height() > before);
        Assert.Equal(true, Window.Run("return window.isSame"));
        Window.Until("the block as accepted", () => Window.Text("section[aria-label=Blocks] tbody").Contains("accepted", StringComparison.Ordinal));

        Window.Open("#/events", "Events");
        Window.Until("its event", () => Window.Text("ol.events").Contains("was accepted", StringComparison.Ordinal));
        Assert.Equal(true, Window.Run("return window.isSame"));

        Window.Open("#/events?severity=success", "Events");
        Window.Until("it among the good news", () => Window.Text("ol.events").Contains("was accepted", StringComparison.Ordinal));
        Assert.Empty(Window.All("main .notice[role=alert]"));
    }

    [BrowserFact]
    public void Shares_and_their_miner_are_shown()
    {
        Window.Open("#/miners", "Miners");
        Window.Until("the device", () => Window.Text("tbody").Contains("device", StringComparison.Ordinal));
        Window.Press("tbody td a");
        Window.Until("its page", () => Window.Text("main h1") == "device" && Window.IsSettled());
        Window.Until("its worker", () => Window.Text("section[aria-label=Workers] tbody").Contains("device.1", StringComparison.Ordinal));
        Window.Open("#/", "Overview");
        Window.Until("a chart", () => Window.All("section[aria-label='Hash rate'] canvas").Count == 1);
    }

    [BrowserFact]
    public void A_job_is_taken_apart()
    {
        ExpectRefusal("/api/v1/jobs/");
        Window.Open("#/templates", "Templates and jobs");
        // The list moves on with every block, and an old job is gone: until one could be opened.
        Window.Until("a job with its coinbase", () =>
        {
            if (Window.Hash.StartsWith("#/jobs/", StringComparison.Ordinal) && Window.Text("section[aria-label=Coinbase]").Contains("bcrt1", StringComparison.Ordinal))
                return true;
            if (Window.IsSettled() && Window.All("main div.notice[role=alert]").Count > 0)
                Window.Run("history.back()");
            else if (Window.Hash == "#/templates")
                Window.All("section[aria-label=Jobs] tbody a").FirstOrDefault()?.Click();
            return false;
        });
    }
}
