using System.CommandLine;
using Sv2.Noise;
using Sv2.Roles;
using Sv2.Roles.Keys;

namespace Sv2.ControlPlane.Cli;

/// <summary><c>sv2 keygen</c>: makes and shows authority keys.</summary>
internal static class KeygenCommand
{
    public static Command Create(CliConsole console)
    {
        var output = new Option<string?>("--out") { Description = "Write the key to this new file, readable by you only.", HelpName = "FILE" };
        var inspect = new Option<string?>("--inspect", "--show")
        {
            Description = "Make nothing; show what a key file holds, or the certificate of a server: its version, dates, key and authority. Exit code 1 if clients would refuse the certificate.",
            HelpName = "FILE|URL",
        };
        var command = new Command("keygen", "Makes an authority key, by which miners recognise a server; shows keys and certificates.") { output, inspect };
        command.SetAction((parsed, cancellationToken) => (parsed.GetValue(output), parsed.GetValue(inspect)) switch
        {
            ({ }, { }) => throw new ConfigurationException("--inspect", "it makes nothing, so --out has no use beside it", "give one of the two"),
            (_, { } url) when url.Contains("://", StringComparison.Ordinal) => CertificateInspection.RunAsync(console, ParseServer(url), TimeProvider.System, cancellationToken),
            (_, { } file) => Task.FromResult(Show(console, file)),
            ({ } file, _) => Task.FromResult(Write(console, file)),
            _ => Task.FromResult(Print(console)),
        });
        return command;
    }

    private static ConnectionString ParseServer(string text) =>
        ConnectionString.TryParse(text, out ConnectionString? server, out string? error)
            ? server
            : throw new ConfigurationException("--inspect", error, "copy the whole connection string, as the pool shows it");

    private static int Show(CliConsole console, string file)
    {
        KeyInspection key = KeyInspection.Of(Path.GetFullPath(file), "--inspect");
        console.Out.WriteLine($"Kind        {key.Kind} key; readable by its owner only; public and secret key belong together");
        console.Out.WriteLine($"Public key  {key.PublicKey}");
        if (key.IsAuthority)
            console.Out.WriteLine($"Miners use  stratum2+tcp://HOST:PORT/{key.PublicKey}");
        return ExitCodes.Success;
    }

    private static int Write(CliConsole console, string file)
    {
        using AuthorityKeyPair pair = AuthorityKeyPair.Generate();
        if (!AuthorityKeyFile.TryCreate(Path.GetFullPath(file), pair, "--out"))
            throw new ConfigurationException("--out", $"{file} exists already", "give another name; a key in use must not be lost");
        console.Out.WriteLine($"Wrote {file}. Name it as authorityKeyFile in a role's configuration.");
        Describe(console, pair.PublicKey);
        return ExitCodes.Success;
    }

    private static int Print(CliConsole console)
    {
        using AuthorityKeyPair pair = AuthorityKeyPair.Generate();
        Span<byte> secret = stackalloc byte[AuthorityKeyPair.SecretSize];
        pair.ExportSecret(secret);
        console.Out.WriteLine($"Secret      {Convert.ToHexStringLower(secret)}");
        secret.Clear();
        Describe(console, pair.PublicKey);
        return ExitCodes.Success;
    }

    private static void Describe(CliConsole console, AuthorityPublicKey key)
    {
        console.Out.WriteLine($"Public key  {key}");
        console.Out.WriteLine($"Miners use  stratum2+tcp://HOST:PORT/{key}");
    }
}
