using Sv2.Roles.Hosting;

namespace Sv2.Roles.Tests.Hosting;

public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_belongs_to_one_process_at_a_time()
    {
        string path = Path.Combine(_folder.Path, "data");
        using (DataFolder.Open(path))
        {
            ConfigurationException e = Assert.Throws<ConfigurationException>(() => DataFolder.Open(path));
            Assert.Equal("--data-dir", e.Problems[0].Key);
            Assert.Contains($"in use by another sv2 process (id {Environment.ProcessId})", e.Message);
        }

        DataFolder.Open(path).Dispose();
    }

    [Fact]
    public void A_place_that_is_a_file_is_refused()
    {
        string path = Path.Combine(_folder.Path, "file");
        File.WriteAllText(path, "");
        Assert.Contains("cannot be used", Assert.Throws<ConfigurationException>(() => DataFolder.Open(path)).Message);
    }
}
