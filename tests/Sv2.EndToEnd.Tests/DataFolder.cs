namespace Sv2.EndToEnd.Tests;

/// <summary>A folder for one test's data, gone afterwards.</summary>
internal sealed class DataFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sv2-e2e-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
