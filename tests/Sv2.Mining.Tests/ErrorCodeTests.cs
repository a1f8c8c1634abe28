using System.Reflection;
using Sv2.Protocol;
using Sv2.Protocol.Inspection;

namespace Sv2.Mining.Tests;

/// <summary>The codes that are sent are documented with what a client may do about them.</summary>
public class ErrorCodeTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "error-codes.md"));

    [Fact]
    [Trait("spec", "28")]
    [Trait("spec", "31")]
    [Trait("spec", "32")]
    public void Every_code_of_the_engine_is_printable_and_on_the_page_with_what_helps()
    {
        string[] codes = [.. typeof(MiningErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];
        Assert.NotEmpty(codes);
        Assert.All(codes, AssertDocumented);
    }

    [Fact]
    [Trait("spec", "28")]
    [Trait("spec", "31")]
    public void Every_code_of_the_specification_files_is_on_the_page()
    {
        IEnumerable<string> codes = MessageCatalog.Specification.Messages.SelectMany(message => message.Fields)
            .Where(field => field.Type.Kind == WireKind.Text && !field.ValueNames.IsDefault)
            .SelectMany(field => field.ValueNames).Select(value => value.Name);
        Assert.All(codes.Distinct(), AssertDocumented);
    }

    private static void AssertDocumented(string code)
    {
        Assert.Matches("^[\\x20-\\x7e]+$", code);
        string cell = code.TrimEnd('*');
        // Three cells, none empty: the code, what it means, what helps.
        Assert.Matches($@"(?m)^\| `{System.Text.RegularExpressions.Regex.Escape(cell)}\*?` \| [^|]+ \| [^|]+ \|$", Page);
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sdk.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests run outside the repository: no Sdk.sln in any folder above.");
    }
}
