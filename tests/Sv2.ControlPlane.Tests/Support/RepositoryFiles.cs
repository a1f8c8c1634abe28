namespace Sv2.ControlPlane.Tests.Support;

/// <summary>Files of the repository that are no part of the program.</summary>
internal static class RepositoryFiles
{
    /// <summary>The path of a file or folder, from the repository's root.</summary>
    public static string PathOf(params string[] parts)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sdk.sln")))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine([folder ?? throw new InvalidOperationException("Sdk.sln is in no folder above the tests."), .. parts]);
    }
}
