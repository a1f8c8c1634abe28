namespace Sv2.Native.Tests;

/// <summary>That the library installs, and that CMake and pkg-config find it there.</summary>
public sealed class InstallTests
{
    [NativeFact("cmake", "make")]
    public async Task Installed_library_is_found_by_cmake()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("sv2-install-");
        string prefix = await InstallAsync(folder);
        string build = Path.Combine(folder.FullName, "examples");

        (await CProgram.RunAsync("cmake", ["-S", NativeLibrary.Examples, "-B", build, $"-DCMAKE_PREFIX_PATH={prefix}"])).Succeeded();
        (await CProgram.RunAsync("cmake", ["--build", build])).Succeeded();

        Assert.Contains("sv2 0.1.0", (await CProgram.RunAsync(Path.Combine(build, "sv2-miner"), ["-V"])).Succeeded().Output, StringComparison.Ordinal);
        CProgram.Outcome frames = (await CProgram.RunAsync(Path.Combine(build, "sv2-frames"), ["-x", "00801a180000010000000200000003000000040000000500000006000000"])).Succeeded();
        Assert.Contains("\"message\":\"SubmitSharesStandard\"", frames.Output, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [NativeFact("cmake", "make", "pkg-config")]
    public async Task Installed_library_is_found_by_pkg_config()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("sv2-install-");
        string prefix = await InstallAsync(folder);
        string description = Assert.Single(Directory.GetFiles(prefix, "sv2.pc", SearchOption.AllDirectories));

        CProgram.Outcome flags = (await CProgram.RunAsync("pkg-config", ["--cflags", "--libs", "sv2"], [("PKG_CONFIG_PATH", Path.GetDirectoryName(description)!)])).Succeeded();
        string[] words = flags.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        string program = Path.Combine(folder.FullName, "frames");
        (await CProgram.RunAsync("gcc", ["-std=c11", Path.Combine(NativeLibrary.Examples, "frames.c"), "-o", program, .. words])).Succeeded();

        Assert.True(File.Exists(program));
        folder.Delete(recursive: true);
    }

    private static async Task<string> InstallAsync(DirectoryInfo folder)
    {
        string build = Path.Combine(folder.FullName, "build");
        string prefix = Path.Combine(folder.FullName, "prefix");
        string project = Path.Combine(NativeLibrary.Repository, "src", "Sdk", "Sv2.Native");
        (await CProgram.RunAsync("cmake", ["-S", project, "-B", build, $"-DSV2_LIBRARY={NativeLibrary.LibraryFile}"])).Succeeded();
        (await CProgram.RunAsync("cmake", ["--install", build, "--prefix", prefix])).Succeeded();
        return prefix;
    }
}
