using System.Reflection;
using System.Text.RegularExpressions;
using Sv2.Roles.JobDeclaration;

namespace Sv2.Roles.Tests.JobDeclaration;

/// <summary>The codes of job declaration are documented with what a client may do about them.</summary>
public sealed class ErrorCodeTests
{
    [Fact]
    [Trait("spec", "28")]
    [Trait("spec", "31")]
    [Trait("spec", "32")]
    public void Every_code_of_the_server_is_printable_and_on_the_page_with_what_helps()
    {
        string page = File.ReadAllText(Path.Combine(Root(), "docs", "error-codes.md"));
        string[] codes = [.. typeof(DeclarationErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];

        Assert.NotEmpty(codes);
        Assert.All(codes, code =>
        {
            Assert.Matches("^[\\x20-\\x7e]+$", code);
            Assert.Matches($@"(?m)^\| `{Regex.Escape(code)}\*?` \| [^|]+ \| [^|]+ \|$", page);
        });
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sdk.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests run outside the repository: no Sdk.sln in any folder above.");
    }
}
