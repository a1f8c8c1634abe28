using System.Net;
using System.Text.RegularExpressions;
using Sv2.ControlPlane.Tests.Support;

namespace Sv2.ControlPlane.Tests.Web;

public partial class PagesTests
{
    [Fact]
    public async Task The_page_and_all_that_it_loads_come_from_here()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        var wanted = new Queue<Uri>([app.Url]);
        var seen = new HashSet<Uri>();
        while (wanted.TryDequeue(out Uri? url))
        {
            if (!seen.Add(url))
                continue;
            using HttpResponseMessage response = await app.Client.GetAsync(url);
            Assert.True(response.StatusCode == HttpStatusCode.OK, url.ToString());
            string? type = response.Content.Headers.ContentType?.MediaType;
            if (type is not ("text/html" or "text/javascript"))
                continue;
            Regex references = type == "text/html" ? References() : Imports();
            foreach (Match match in references.Matches(await response.Content.ReadAsStringAsync()))
            {
                string reference = match.Groups["url"].Value;
                Assert.DoesNotContain("//", reference);
                if (!reference.StartsWith('#') && !reference.StartsWith("swagger", StringComparison.Ordinal))
                    wanted.Enqueue(new Uri(url, reference));
            }
        }

        Assert.Contains(seen, u => u.AbsolutePath == "/js/core/units.js");
        Assert.Contains(seen, u => u.AbsolutePath == "/lib/preact-htm/preact-htm.js");
        Assert.Contains(seen, u => u.AbsolutePath == "/css/colors.css");
    }

    [Fact]
    public async Task Nothing_inline_would_be_blocked()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        string page = await app.Client.GetStringAsync("");
        Assert.DoesNotMatch("<style|style=|<script>|\\son[a-z]+=", page);
    }

    [GeneratedRegex("(?:href|src)=\"(?<url>[^\"]+)\"")]
    private static partial Regex References();

    [GeneratedRegex("""(?:from|import) "(?<url>[^"]+)";""")]
    private static partial Regex Imports();
}
