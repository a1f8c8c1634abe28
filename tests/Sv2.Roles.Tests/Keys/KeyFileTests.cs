using Sv2.Noise;
using Sv2.Roles.Keys;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.Roles.Tests.Keys;

public sealed class KeyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string KeyPath => Path.Combine(_folder.Path, "authority.key");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_authority_key_is_made_once_and_used_again()
    {
        using AuthorityKeyPair made = AuthorityKeyFile.LoadOrCreate(KeyPath);
        using AuthorityKeyPair read = AuthorityKeyFile.LoadOrCreate(KeyPath);
        Assert.Equal(made.PublicKey, read.PublicKey);
        Assert.Contains($"public = {made.PublicKey}", File.ReadAllText(KeyPath));
    }

    [Fact]
    public void A_static_key_is_made_once_and_used_again()
    {
        using StaticKeyPair made = StaticKeyFile.LoadOrCreate(KeyPath);
        using StaticKeyPair read = StaticKeyFile.LoadOrCreate(KeyPath);
        Assert.Equal(made.PublicKey.ToArray(), read.PublicKey.ToArray());
    }

    [Fact]
    public void Only_the_owner_may_read_it()
    {
        if (OperatingSystem.IsWindows())
            return;
        AuthorityKeyFile.LoadOrCreate(KeyPath).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));

        File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => AuthorityKeyFile.LoadOrCreate(KeyPath));
        Assert.Equal($"chmod 600 {KeyPath}", e.Fix);
    }

    [Fact]
    public void Of_many_who_make_it_at_once_all_have_the_same()
    {
        var keys = new string[8];
        Parallel.For(0, keys.Length, i =>
        {
            using AuthorityKeyPair pair = AuthorityKeyFile.LoadOrCreate(KeyPath);
            keys[i] = pair.PublicKey.ToString();
        });
        Assert.Single(keys.Distinct());
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("", "has no line 'kind = …'")]
    [InlineData("kind = static\n", "holds a key of kind 'static', not 'authority'")]
    [InlineData("kind = authority\npublic = x\nsecret = 12\n", "has a secret that is not 64 hex digits")]
    [InlineData("kind = authority\npublic = x\nsecret = zz00000000000000000000000000000000000000000000000000000000000000\n", "has a secret that is not 64 hex digits")]
    [InlineData("kind = authority\npublic = x\nsecret = 0000000000000000000000000000000000000000000000000000000000000000\n", "has a secret that is not a valid key")]
    [InlineData("kind = authority\npublic = x\nsecret = 0000000000000000000000000000000000000000000000000000000000000001\n", "has a public key that does not belong to its secret")]
    public void A_damaged_file_is_refused_and_left_as_it_is(string content, string expected)
    {
        var mode = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            mode.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(KeyPath, mode))
            writer.Write(content);
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => AuthorityKeyFile.LoadOrCreate(KeyPath, "myKey"));
        Assert.Equal("myKey", e.Problems[0].Key);
        Assert.Contains(expected, e.Message);
        Assert.DoesNotContain("00000000", e.Message);
        Assert.Equal(content, File.ReadAllText(KeyPath));
    }

    [Fact]
    public void A_large_file_is_refused()
    {
        AuthorityKeyFile.LoadOrCreate(KeyPath).Dispose();
        File.AppendAllText(KeyPath, new string('#', 5000));
        Assert.Contains("at most 4096", Assert.Throws<ConfigurationException>(() => AuthorityKeyFile.Load(KeyPath)).Message);
    }

    [Fact]
    public void A_folder_that_is_missing_is_named()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => AuthorityKeyFile.LoadOrCreate(Path.Combine(_folder.Path, "no", "a.key")));
        Assert.Contains("cannot be made", e.Message);
    }
}
