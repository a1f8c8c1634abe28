using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>Every page fits a phone.</summary>
[Collection(SharedSession.Name)]
public sealed class PhoneTests(BrowserSession session) : PageTest(session)
{
    [BrowserFact]
    public void Every_page_fits_a_phone_and_the_menu_leads_there()
    {
        Window.BecomePhone();
        try
        {
            foreach (Page page in Page.All)
            {
                Window.Open(page.Hash, page.Title);
                Assert.True((long)Window.Run("return document.documentElement.scrollWidth")! <= 390, $"{page.Title} is wider than a phone");
            }

            Window.Press(".topbar button");
            Window.Press("nav.side.open a[href='#/blocks']");
            Window.Until("the blocks", () => Window.Text("main h1") == "Blocks");
            Window.Until("a closed menu", () => Window.All("nav.side.open").Count == 0);
        }
        finally
        {
            Window.BecomeDesktop();
        }
    }
}
