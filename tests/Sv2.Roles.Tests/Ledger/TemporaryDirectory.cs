namespace Sv2.Roles.Tests.Ledger;

/// <summary>A folder that goes away with the test.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("sv2-").FullName;

    public string File(string name) => System.IO.Path.Combine(FullName, name);

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
