namespace Sv2.Bitcoin.Tests;

/// <summary>
/// Mainnet block 413567, looked for in the folder named by the environment variable SV2_SHARED_DATA, or else in
/// <c>shared/data</c> beside the repository. It is not part of the repository because of its size.
/// </summary>
internal static class RealBlock
{
    private const string FileName = "block413567.raw";

    public static string Path { get; } = System.IO.Path.Combine(Folder(), FileName);

    public static bool IsThere => File.Exists(Path);

    public static byte[] Bytes() => File.ReadAllBytes(Path);

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable("SV2_SHARED_DATA") is { Length: > 0 } folder)
            return folder;
        DirectoryInfo? repository = new(AppContext.BaseDirectory);
        while (repository is not null && !File.Exists(System.IO.Path.Combine(repository.FullName, "Sdk.sln")))
            repository = repository.Parent;
        return System.IO.Path.GetFullPath(System.IO.Path.Combine(repository?.FullName ?? ".", "../shared/data"));
    }
}

/// <summary>A test on the real block; reported as skipped, with the reason, where the file is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RealBlockFactAttribute : FactAttribute
{
    public RealBlockFactAttribute()
    {
        if (!RealBlock.IsThere)
            Skip = $"NOT RUN: the real block is not at {RealBlock.Path}";
    }
}
