using System.CommandLine;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Sv2.ControlPlane.Cli;
using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles.Tests.Hosting;
using Xunit.Abstractions;

namespace Sv2.ControlPlane.Tests.Cli;

/// <summary>What stands under packaging/ fits the program, and itself.</summary>
public partial class PackagingTests(ITestOutputHelper output)
{
    private const string Systemd = "/usr/bin/systemd-analyze";

    private static string Read(string file) => File.ReadAllText(RepositoryFiles.PathOf("packaging", file));

    private static void AssertParses(IEnumerable<string> arguments)
    {
        RootCommand command = Sv2CommandLine.Build(new CliConsole(TextReader.Null, TextWriter.Null, TextWriter.Null, HasColor: false));
        Assert.Empty(command.Parse([.. arguments]).Errors.Select(e => e.Message));
    }

    private static string Setting(string unit, string name) =>
        Assert.Single(unit.Split('\n'), line => line.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    [Fact]
    public void The_unit_starts_the_program_with_options_that_it_has()
    {
        string unit = Read("systemd/sv2.service");
        string given = Setting(Read("systemd/environment"), "SV2_ARGS");
        string[] start = Setting(unit, "ExecStart").Replace("$SV2_ARGS", given, StringComparison.Ordinal).Split(' ');
        Assert.Equal("/opt/sv2/sv2", start[0]);
        AssertParses(start[1..]);
        Assert.Equal("notify", Setting(unit, "Type"));
        Assert.Equal(ExitCodes.Usage.ToString(System.Globalization.CultureInfo.InvariantCulture), Setting(unit, "RestartPreventExitStatus"));
        Assert.Equal($"/var/lib/{Setting(unit, "StateDirectory")}", start[Array.IndexOf(start, "--data-dir") + 1]);
        Assert.Contains($"u {Setting(unit, "User")} -", Read("systemd/sv2.sysusers"));
    }

    [Fact]
    public async Task The_unit_is_one_that_systemd_takes()
    {
        if (!File.Exists(Systemd))
        {
            output.WriteLine($"Not run: {Systemd} is not installed.");
            return;
        }

        // The program is not where a real machine has it.
        using var folder = new TemporaryFolder();
        string unit = Path.Combine(folder.Path, "sv2.service");
        await File.WriteAllTextAsync(unit, Read("systemd/sv2.service").Replace("/opt/sv2/sv2", "/bin/true", StringComparison.Ordinal));
        using Process verify = Process.Start(new ProcessStartInfo(Systemd, ["verify", "--man=no", unit]) { RedirectStandardError = true })!;
        string said = await verify.StandardError.ReadToEndAsync();
        await verify.WaitForExitAsync();
        Assert.DoesNotContain("sv2.service", said);
        Assert.True(verify.ExitCode == 0, said);
    }

    [Fact]
    public void The_image_starts_the_program_with_options_that_it_has_and_the_compose_file_fits_it()
    {
        string image = Read("docker/Dockerfile");
        string[] command = [.. Quoted().Matches(image[image.LastIndexOf("\nCMD", StringComparison.Ordinal)..]).Select(m => m.Groups[1].Value)];
        AssertParses(command);
        string folder = command[Array.IndexOf(command, "--data-dir") + 1];
        Assert.Contains($"VOLUME {folder}\n", image);
        string[] exposed = Assert.Single(image.Split('\n'), line => line.StartsWith("EXPOSE ", StringComparison.Ordinal)).Split(' ')[1..];
        Assert.All(exposed, port => Assert.Contains(command, argument => argument.EndsWith(":" + port, StringComparison.Ordinal)));
        Assert.Contains("GET /readyz", image);

        string compose = Read("docker/compose.yaml");
        Assert.DoesNotContain('\t', compose);
        string[] published = [.. Ports().Matches(compose).Select(m => m.Groups["inside"].Value)];
        Assert.Equal(2, published.Length);
        Assert.All(published, port => Assert.Contains(port, exposed));
        Assert.Contains($"- sv2-data:{folder}\n", compose);
        foreach (string path in (string[])["packaging/docker/Dockerfile", "src/ControlPlane/Sv2.ControlPlane.csproj"])
            Assert.True(File.Exists(RepositoryFiles.PathOf(path)), path);
        Assert.Contains("dockerfile: packaging/docker/Dockerfile", compose);
        Assert.Contains("dotnet publish src/ControlPlane", image);
    }

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("""- "(?:[0-9.]+:)?[0-9]+:(?<inside>[0-9]+)"$""", RegexOptions.Multiline)]
    private static partial Regex Ports();
}
