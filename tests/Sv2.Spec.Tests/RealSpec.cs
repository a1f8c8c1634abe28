namespace Sv2.Spec.Tests;

/// <summary>The specification files of this repository.</summary>
internal static class RealSpec
{
    /// <summary>Folder with <c>Sdk.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>All files under <c>spec/</c>, by paths relative to it.</summary>
    public static IEnumerable<SpecSource> Sources => Directory.GetFiles(Path.Combine(Root, "spec"), "*.sv2", SearchOption.AllDirectories)
        .Select(path => new SpecSource(Path.GetRelativePath(Path.Combine(Root, "spec"), path).Replace('\\', '/'), File.ReadAllText(path)));

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sdk.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests run outside the repository: no Sdk.sln in any folder above.");
    }
}
