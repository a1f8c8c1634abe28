namespace Sv2.Spec.Tests;

/// <summary>That the pages under <c>docs/protocol</c> say what the specification files say.</summary>
public class ReferencePagesTests
{
    [Fact]
    [Trait("spec", "31")]
    public void Pages_are_up_to_date()
    {
        string folder = Path.Combine(RealSpec.Root, "docs", "protocol");
        IReadOnlyDictionary<string, string> pages = ReferencePages.Write(SpecCompiler.Compile(RealSpec.Sources, "Sv2.Protocol").Model);
        bool update = Environment.GetEnvironmentVariable("SV2_UPDATE_GOLDEN") == "1";
        if (update)
        {
            Assert.True(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), "Pages are not updated where CI is set.");
            Directory.CreateDirectory(folder);
            foreach ((string name, string text) in pages) File.WriteAllText(Path.Combine(folder, name), text);
        }

        Assert.Equal(pages.Keys.Order(), Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order());
        foreach ((string name, string text) in pages)
        {
            bool isSame = File.ReadAllText(Path.Combine(folder, name)).ReplaceLineEndings("\n") == text;
            Assert.True(isSame, $"docs/protocol/{name} is out of date: run the tests of Sv2.Spec with SV2_UPDATE_GOLDEN=1 and look at the difference.");
        }
    }
}
