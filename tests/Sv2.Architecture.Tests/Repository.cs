using System.Xml.Linq;

namespace Sv2.Architecture.Tests;

/// <summary>The source tree that holds this test: its projects and its C# files.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> Projects(string folder) =>
        Files(folder, "*.csproj");

    public static IEnumerable<string> Sources(string folder) =>
        Files(folder, "*.cs");

    /// <summary>The names of the projects that a project references, without analyzers.</summary>
    public static IEnumerable<string> References(string project) =>
        XDocument.Load(project).Descendants("ProjectReference")
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));

    public static IEnumerable<string> Packages(string project) =>
        XDocument.Load(project).Descendants("PackageReference")
            .Select(reference => (string)reference.Attribute("Include")!);

    public static string Relative(string path) => Path.GetRelativePath(Root, path);

    private static IEnumerable<string> Files(string folder, string pattern)
    {
        var path = Path.Combine(Root, folder);
        return Directory.Exists(path)
            ? Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories).Where(IsSource)
            : [];
    }

    private static bool IsSource(string path) =>
        !path.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Sdk.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"no Sdk.sln above {AppContext.BaseDirectory}");
    }
}
