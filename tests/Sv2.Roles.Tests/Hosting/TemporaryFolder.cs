namespace Sv2.Roles.Tests.Hosting;

/// <summary>A folder for one test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sv2-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
