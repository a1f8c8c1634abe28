using Sv2.Browser.Tests.Support;

namespace Sv2.Browser.Tests;

/// <summary>Figures as people read them, from the smallest device to all miners of the world.</summary>
[Collection(SharedSession.Name)]
public sealed class UnitTests(BrowserSession session) : PageTest(session)
{
    private string Units(string expression) =>
        ((string)Window.RunAsync($"const u = await import('/js/core/units.js'); return String(u.{expression});")!).Replace('\u00a0', ' ').Replace('\u202f', ' ');

    [BrowserFact]
    public void Units_do_not_break()
    {
        Assert.Equal("0 H/s", Units("hashRate(0)"));
        Assert.Equal("2.04 MH/s", Units("hashRate(2.04e6)"));
        Assert.Equal("999 GH/s", Units("hashRate(999.4e9)"));
        // Never "1000 GH/s".
        Assert.Equal("1.00 TH/s", Units("hashRate(999.6e9)"));
        Assert.Equal("1.05 ZH/s", Units("hashRate(1.05e21)"));
        Assert.Equal("3.20 YH/s", Units("hashRate(3.2e24)"));
        Assert.Equal("–", Units("hashRate(NaN)"));
        Assert.Equal("∞", Units("hashRate('Infinity')"));
        Assert.Equal("0.000233", Units("scaled(0.00023283)"));
        Assert.Equal("146 T", Units("scaled(146.47e12)"));
        Assert.Equal("12 345 678", Units("whole(12345678)"));
        Assert.Equal("1 miner", Units("count(1, 'miner')"));
        Assert.Equal("2 000 miners", Units("count(2000, 'miner')"));
        Assert.Equal("3.125 BTC", Units("bitcoin(312500000)"));
        Assert.Equal("-0.00000001 BTC", Units("bitcoin(-1)"));
        Assert.Equal("0 BTC", Units("bitcoin(0)"));
        Assert.Equal("3.12 BTC", Units("bitcoin(312999999, 2)"));
        Assert.Equal("1 d 1 h", Units("duration(90000)"));
        Assert.Equal("now", Units("ago('2026-11-22T10:00:00Z', new Date('2026-11-22T09:59:00Z'))"));
        Assert.Equal("Shares rejected: stale share", Units("words('sharesRejected:stale-share')"));
        // A number and its unit never part at the end of a line.
        Assert.Equal(true, Window.RunAsync("const u = await import('/js/core/units.js'); return u.hashRate(1e21) === '1.00\\u00a0ZH/s';"));
    }

    [BrowserFact]
    public void Names_of_miners_fit_into_paths()
    {
        Assert.Equal("bc1q.rig-1_a", Window.RunAsync("return (await import('/js/core/miner-id.js')).minerId('bc1q.rig-1_a');"));
        Assert.Equal("~4oKsLy8", Window.RunAsync("return (await import('/js/core/miner-id.js')).minerId('\\u20ac//');"));
        Assert.Equal("~Lg", Window.RunAsync("return (await import('/js/core/miner-id.js')).minerId('.');"));
    }
}
