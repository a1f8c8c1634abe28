using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>Every page in both schemes: it comes up whole, everything in it has a name, and pictures are taken of it.</summary>
[Collection(SharedSession.Name)]
public sealed class AllPagesTests(BrowserSession session) : PageTest(session)
{
    private const string Nameless = """
        return [...document.querySelectorAll("button, a[href], input, select, textarea, meter, svg[role=img]")].filter(e => {
          const label = e.getAttribute("aria-label") || e.textContent.trim() || e.title || e.labels?.[0]?.textContent.trim();
          return !label && e.getClientRects().length > 0 && e.tagName !== "METER";
        }).map(e => e.outerHTML);
        """;

    private void Scheme(string scheme) => Window.Cdp("Emulation.setEmulatedMedia", new()
    {
        ["features"] = new object[] { new Dictionary<string, object> { ["name"] = "prefers-color-scheme", ["value"] = scheme } },
    });

    [BrowserFact]
    public void Every_page_stands_in_light_and_dark()
    {
        try
        {
            foreach (string scheme in (string[])["light", "dark"])
            {
                Scheme(scheme);
                foreach (Page page in Page.All)
                {
                    Window.Open(page.Hash, page.Title);
                    Assert.Empty(Window.All("main div.notice[role=alert], main p.notice[role=alert]").Select(n => n.Text));
                    Assert.Empty((IEnumerable<object>)Window.Run(Nameless)!);
                    Pictures.Write($"{Name(page)}-{scheme}", Window, 1360, 900);
                }
            }
        }
        finally
        {
            Scheme("");
        }
    }

    private static string Name(Page page) => page.Title.ToLowerInvariant().Replace(' ', '-');
}
