using Sv2.Roles.JobDeclaration;
using Sv2.Roles.Tests.Ledger;

namespace Sv2.Roles.Tests.JobDeclaration;

/// <summary>Which tokens the pool knows as used, for how long, and after what.</summary>
public sealed class UsedTokensTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(50);

    private readonly TemporaryDirectory _folder = new();

    private string Path => _folder.File("used-tokens");

    [Fact]
    [Trait("spec", "258")]
    public void They_are_bounded_and_end_with_their_time()
    {
        using UsedTokens used = new(Path, 2, Now);

        Assert.Equal(TokenUse.First, used.Use(1, Now.AddSeconds(10), Now));
        Assert.Equal(TokenUse.Again, used.Use(1, Now.AddSeconds(10), Now.AddSeconds(10)));
        Assert.Equal(TokenUse.First, used.Use(2, Now.AddSeconds(20), Now));
        Assert.Equal(TokenUse.Full, used.Use(3, Now.AddSeconds(20), Now));
        Assert.Equal(TokenUse.First, used.Use(3, Now.AddSeconds(20), Now.AddSeconds(11)));
        Assert.Equal(2, used.Count);
    }

    [Fact]
    [Trait("spec", "258")]
    public void They_are_on_disk_before_the_answer_so_that_a_kill_loses_none()
    {
        // Never closed in good order before the next one opens.
        using UsedTokens killed = new(Path, 100, Now);
        for (uint id = 1; id <= 50; id++)
            Assert.Equal(TokenUse.First, killed.Use(id, Now.AddSeconds(id), Now));

        using UsedTokens next = new(Path, 100, Now.AddSeconds(30));

        Assert.Equal(21, next.Count);
        Assert.Equal(TokenUse.Again, next.Use(50, Now.AddSeconds(50), Now.AddSeconds(30)));
        Assert.Equal(TokenUse.First, next.Use(51, Now.AddSeconds(51), Now.AddSeconds(30)));
    }

    [Fact]
    public void Half_a_record_is_written_over()
    {
        using (UsedTokens cut = new(Path, 100, Now))
        {
            Assert.Equal(TokenUse.First, cut.Use(1, Now.AddSeconds(10), Now));
            Assert.Equal(TokenUse.First, cut.Use(2, Now.AddSeconds(10), Now));
        }
        using (FileStream file = File.OpenWrite(Path))
            file.SetLength(file.Length - 7);

        using (UsedTokens next = new(Path, 100, Now))
        {
            Assert.Equal(1, next.Count);
            Assert.Equal(TokenUse.First, next.Use(3, Now.AddSeconds(10), Now));
        }
        using UsedTokens last = new(Path, 100, Now);
        Assert.Equal(TokenUse.Again, last.Use(1, Now.AddSeconds(10), Now));
        Assert.Equal(TokenUse.Again, last.Use(3, Now.AddSeconds(10), Now));
    }

    [Fact]
    public void The_file_does_not_grow_with_tokens_that_have_expired()
    {
        using (UsedTokens used = new(Path, 10, Now))
        {
            for (uint second = 0; second < 20_000; second++)
                Assert.Equal(TokenUse.First, used.Use(second, Now.AddSeconds(second + 5), Now.AddSeconds(second)));
        }

        Assert.InRange(new FileInfo(Path).Length, 24, 24 * 5_000);
        using UsedTokens next = new(Path, 10, Now.AddSeconds(20_000));
        Assert.Equal(TokenUse.Again, next.Use(19_999, Now.AddSeconds(20_004), Now.AddSeconds(20_000)));
    }

    [Fact]
    public void Another_file_in_its_place_is_left_alone_and_named()
    {
        File.WriteAllText(Path, "something of somebody else's");

        RoleException error = Assert.Throws<RoleException>(() => new UsedTokens(Path, 10, Now));

        Assert.Contains(Path, error.Message, StringComparison.Ordinal);
        Assert.Equal("something of somebody else's", File.ReadAllText(Path));
    }

    public void Dispose() => _folder.Dispose();
}
