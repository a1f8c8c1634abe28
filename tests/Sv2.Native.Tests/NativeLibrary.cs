namespace Sv2.Native.Tests;

/// <summary>Where the build has put the library, and where this repository's C sources are.</summary>
internal static class NativeLibrary
{
    public static string Repository { get; } = FindRepository();

    public static string LibraryFolder => Path.Combine(BuildFolder, "lib");

    public static string LibraryFile => Path.Combine(LibraryFolder, "libsv2.so.0");

    public static string Includes => Path.Combine(Repository, "src", "Sdk", "Sv2.Native", "include");

    public static string Examples => Path.Combine(Repository, "examples", "c");

    public static string Programs => Path.Combine(Repository, "tests", "Sv2.Native.Tests", "c");

    /// <summary>Where tests put what they compile and write: in a folder of this run, gone with its process.</summary>
    public static string ProgramFolder { get; } = MakeProgramFolder();

    /// <summary>Why nothing can be tested here; null when it can.</summary>
    public static string? Missing { get; } = FindMissing();

    private static string BuildFolder => Path.Combine(Repository, "tests", "Sv2.Native.Tests", "bin", "native");

    /// <summary>Whether a program is on the search path.</summary>
    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Writes a file into <see cref="ProgramFolder"/>.</summary>
    public static string Keep(string name, string content)
    {
        string file = Path.Combine(ProgramFolder, $"{Guid.NewGuid():n}-{name}");
        File.WriteAllText(file, content);
        return file;
    }

    private static string MakeProgramFolder()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("sv2-native-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        return folder.FullName;
    }

    private static string? FindMissing()
    {
        if (!OperatingSystem.IsLinux())
            return "the C library's tests run on Linux";
        if (!IsInstalled("gcc"))
            return "gcc is not installed";
        string status = Path.Combine(BuildFolder, "status.txt");
        string text = File.Exists(status) ? File.ReadAllText(status).Trim() : "it was not built";
        return text == "ok" ? null : text;
    }

    private static string FindRepository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sdk.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository: no Sdk.sln in any folder above.");
    }
}

/// <summary>A test of the library; reported as skipped, with the reason, where the library or a program it needs is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NativeFactAttribute : FactAttribute
{
    public NativeFactAttribute(params string[] programs) => Skip = NativeSkip.Reason(programs);
}

/// <inheritdoc cref="NativeFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NativeTheoryAttribute : TheoryAttribute
{
    public NativeTheoryAttribute(params string[] programs) => Skip = NativeSkip.Reason(programs);
}

internal static class NativeSkip
{
    public static string? Reason(string[] programs)
    {
        string? reason = NativeLibrary.Missing
            ?? programs.Where(program => !NativeLibrary.IsInstalled(program)).Select(program => $"{program} is not installed").FirstOrDefault();
        return reason is null ? null : $"NOT RUN: {reason}";
    }
}
