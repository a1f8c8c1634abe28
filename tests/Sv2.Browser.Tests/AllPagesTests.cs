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
        if (Pictures.Wanted)
            Populate();
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
                    Pictures.Write($"{Name(page)}-{scheme}", Window, 1360, 757);
                }
            }
        }
        finally
        {
            Scheme("");
        }

        if (Pictures.Wanted)
            TakePhonePicture();
    }

    private void TakePhonePicture()
    {
        Window.BecomePhone();
        Window.Open("#/", "Overview");
        Pictures.Write("phone", Window, 390, 844);
        Window.BecomeDesktop();
    }

    /// <summary>For the pictures: more miners than one, and minutes of history.</summary>
    private void Populate()
    {
        const string enoughHistory = """
            const view = await (await fetch("/api/v1/series/hashRate?range=15m")).json();
            return view.lines[0]?.points.length > 45;
            """;
        Assert.Null(Window.RunAsync("""
            const { csrfToken } = await (await fetch("/api/v1/session")).json();
            const roles = await (await fetch("/api/v1/roles")).json();
            const pools = [roles.find(r => r.name === "pool").report.endpoints[0].connectionString];
            for (const [name, userIdentity, targetHashRate] of [["garage", "alice.garage", 400000], ["attic", "bob.attic", 700000], ["shed", "alice.shed", 250000]])
              await fetch("/api/v1/roles", {
                method: "POST",
                headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
                body: JSON.stringify({ name, kind: "mining-device", configuration: { pools, userIdentity, targetHashRate } }),
              });
            """));
        Window.Until("minutes of history", () => Equals(Window.RunAsync(enoughHistory), true), TimeSpan.FromMinutes(30));
    }

    private static string Name(Page page) => page.Title.ToLowerInvariant().Replace(' ', '-');
}
